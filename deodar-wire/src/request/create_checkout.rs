//! `POST /api/checkout/v1/orders`

use deodar_domain::terms::{IntegrationMode, Terms};
use serde::Deserialize;
use utoipa::openapi::{AllOf, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::create_order::CreateOrder;
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::Text;
use crate::schema::{choices, told_as};

/// What the body has beside an order's.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct RawCheckout<'a> {
    #[serde(borrow)]
    #[schema(schema_with = choices::integration_mode_given)]
    integration_mode: Text<'a>,
}

/// An order to be made with a hosted page, every field checked. What depends on the merchant is
/// the engine's to check, as with [`CreateOrder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCheckout {
    /// What it is for. An empty set of allowed methods means all that the merchant has.
    pub terms: Terms,
}

impl PartialSchema for CreateCheckout {
    fn schema() -> RefOr<Schema> {
        AllOf::builder()
            .item(told_as(&CreateOrder::name()))
            .item(RawCheckout::schema())
            .description(Some("An order to be made, whose payer pays on a page of ours"))
            .into()
    }
}

impl ToSchema for CreateCheckout {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((CreateOrder::name().into(), CreateOrder::schema()));
        CreateOrder::schemas(schemas);
    }
}

impl CreateCheckout {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let CreateOrder { mut terms } = CreateOrder::parse(body)?;
        let raw: RawCheckout<'_> = read_object(body)?;
        let told = text(&At::ROOT.key("integration_mode"), &raw.integration_mode, mode)?;
        terms.integration_mode = told.unwrap_or(IntegrationMode::Redirect);
        Ok(Self { terms })
    }
}

fn mode(name: &str) -> Result<IntegrationMode, &'static str> {
    if name.eq_ignore_ascii_case("REDIRECT") {
        Ok(IntegrationMode::Redirect)
    } else if name.eq_ignore_ascii_case("IFRAME") {
        Ok(IntegrationMode::Iframe)
    } else {
        Err("must be REDIRECT or IFRAME")
    }
}
