//! Which status and code a refusal of the domain is answered with.

use deodar_domain::refusal::Refusal;
use http::StatusCode;

/// The status and code of a refusal: 400 where the caller's number is out of range, 422 where the
/// state does not allow it.
pub(crate) const fn status_and_code(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::AttemptInFlight | Refusal::OperationInFlight => {
            (StatusCode::UNPROCESSABLE_ENTITY, "PAYMENT_PENDING")
        }
        Refusal::OrderCancelled | Refusal::LinkCancelled => {
            (StatusCode::UNPROCESSABLE_ENTITY, "ORDER_CANCELLED")
        }
        Refusal::MethodNotAllowed => {
            (StatusCode::UNPROCESSABLE_ENTITY, "PAYMENT_METHOD_NOT_ENABLED")
        }
        Refusal::OrderFailed
        | Refusal::AlreadyPaid
        | Refusal::LinkExpired
        | Refusal::LinkNotCancellable
        | Refusal::ContactFixed
        | Refusal::LinkNotNotifiable
        | Refusal::NoContact
        | Refusal::TooManyPayments
        | Refusal::NotAuthorized
        | Refusal::CaptureExceedsAuthorised
        | Refusal::OrderNotCancellable
        | Refusal::NothingToRefund
        | Refusal::RefundExceedsCaptured
        | Refusal::TooManyRefunds
        | Refusal::RefusedTooOften
        | Refusal::PaymentEnded
        | Refusal::NoPasswordAsked => (StatusCode::UNPROCESSABLE_ENTITY, "OPERATION_NOT_ALLOWED"),
        Refusal::AmountNotDue
        | Refusal::AmountExceedsDue
        | Refusal::PartTooSmall
        | Refusal::CurrencyMismatch
        | Refusal::AmountOutOfRange
        | Refusal::CaptureTooSmall
        | Refusal::RefundTooSmall => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
        Refusal::NoLink => (StatusCode::NOT_FOUND, "PAYMENT_LINK_NOT_FOUND"),
        Refusal::UnknownPayment | Refusal::UnknownOperation => {
            (StatusCode::NOT_FOUND, "PAYMENT_NOT_FOUND")
        }
    }
}

/// The field of the request that a refusal is about, where it is always the same.
pub(crate) const fn field(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::CaptureTooSmall | Refusal::CaptureExceedsAuthorised => {
            Some("capture_amount.value")
        }
        Refusal::RefundTooSmall | Refusal::RefundExceedsCaptured => Some("order_amount.value"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusals_that_clients_branch_on_have_codes_of_their_own() {
        let cases = [
            (Refusal::AttemptInFlight, 422, "PAYMENT_PENDING"),
            (Refusal::OrderCancelled, 422, "ORDER_CANCELLED"),
            (Refusal::LinkCancelled, 422, "ORDER_CANCELLED"),
            (Refusal::LinkNotCancellable, 422, "OPERATION_NOT_ALLOWED"),
            (Refusal::LinkNotNotifiable, 422, "OPERATION_NOT_ALLOWED"),
            (Refusal::NoContact, 422, "OPERATION_NOT_ALLOWED"),
            (Refusal::MethodNotAllowed, 422, "PAYMENT_METHOD_NOT_ENABLED"),
            (Refusal::CaptureTooSmall, 400, "INVALID_REQUEST"),
            (Refusal::NoLink, 404, "PAYMENT_LINK_NOT_FOUND"),
            (Refusal::UnknownPayment, 404, "PAYMENT_NOT_FOUND"),
        ];
        for (refusal, status, code) in cases {
            let (found, name) = status_and_code(refusal);
            assert_eq!((found.as_u16(), name), (status, code), "{refusal:?}");
        }
    }
}
