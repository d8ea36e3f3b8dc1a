//! `POST /api/PaymentURL/GetStatus`: where the link of a reference stands.

use axum::extract::State;
use axum::response::Response;
use deodar_wire::legacy::LegacyStatusAnswer;

use super::{FormCall, LegacyError};
use crate::{Api, answer};

pub(super) async fn status(
    State(api): State<Api>,
    call: FormCall,
) -> Result<Response, LegacyError> {
    let form = call.form();
    let merchant = call.caller(&api, &form).await?;
    let order = api.engine.link_by_reference(&merchant, &form.reference()?).await?;
    Ok(answer::ok(&LegacyStatusAnswer::new(&order)))
}
