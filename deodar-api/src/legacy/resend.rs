//! `POST /api/PaymentURL/ResendSmsEmail`: sends a link's e-mail and SMS again, as often as the v2
//! API's notify does, and counted with it.

use axum::extract::State;
use axum::response::Response;
use deodar_wire::legacy::LegacyAnswer;

use super::{FormCall, LegacyError};
use crate::{Api, answer};

pub(super) async fn resend(
    State(api): State<Api>,
    call: FormCall,
) -> Result<Response, LegacyError> {
    let form = call.form();
    let merchant = call.caller(&api, &form).await?;
    let number = form.link_number()?;
    api.engine.notify_link_of_number(&merchant, number).await?;
    Ok(answer::ok(&LegacyAnswer::SUCCESS))
}
