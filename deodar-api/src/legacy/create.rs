//! `POST /api/PaymentURL/CreatePaymentURL`: makes a link, or answers the one that the same
//! reference made before over the same amount.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::{Made, NewLink};
use deodar_wire::legacy::LegacyLinkAnswer;

use super::{FormCall, LegacyError};
use crate::error::ApiError;
use crate::{Api, answer};

pub(super) async fn create(
    State(api): State<Api>,
    call: FormCall,
) -> Result<Response, LegacyError> {
    let form = call.form();
    let merchant = call.caller(&api, &form).await?;
    let terms = form.new_link(&merchant)?;
    let made = api.engine.create_link(&merchant, NewLink { terms, expire_by: None }).await?;
    let (Made::New(order) | Made::Existing(order)) = made;
    // A reference of links holds nothing else.
    let link = order.link.as_ref().ok_or_else(ApiError::internal)?;
    let page_url = api.engine.link_url(link.number);
    Ok(answer::ok(&LegacyLinkAnswer::new(&page_url, link.number)))
}
