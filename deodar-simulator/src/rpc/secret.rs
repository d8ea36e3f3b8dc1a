//! The secret that gateway and simulator share.

use std::fmt;

use http::HeaderValue;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::error::SimulatorError;

const PREFIX: &str = "Bearer ";

/// The secret that gateway and simulator share. It does not print and is wiped when it is dropped.
#[derive(Clone)]
pub struct RpcSecret(Zeroizing<String>);

impl RpcSecret {
    /// The fewest characters: 128 bits in base64 have as many.
    pub const LENGTH_MIN: usize = 22;
    /// The most characters.
    pub const LENGTH_MAX: usize = 256;

    /// Takes 22 to 256 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, SimulatorError> {
        let fits = (Self::LENGTH_MIN..=Self::LENGTH_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(SimulatorError::Secret { min: Self::LENGTH_MIN, max: Self::LENGTH_MAX })
        }
    }

    /// Whether a header carries this secret, in a time that tells nothing about it but its length.
    pub(super) fn is_in(&self, header: Option<&HeaderValue>) -> bool {
        header
            .and_then(|value| value.as_bytes().strip_prefix(PREFIX.as_bytes()))
            .is_some_and(|given| bool::from(given.ct_eq(self.0.as_bytes())))
    }

    /// The header that carries this secret; none prints it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("{PREFIX}{}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for RpcSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpcSecret(…)")
    }
}
