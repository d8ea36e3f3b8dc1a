//! What payers recognise a merchant by, beside its name.

use super::Colour;

/// The longest side of a logo, in pixels.
pub const LOGO_SIDE_MAX: u16 = 1_024;
/// The largest file of a logo, in bytes.
pub const LOGO_LENGTH_MAX: usize = 32 * 1_024;

/// The digest of a logo's picture: 128 bits of its SHA-256. Another picture has another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct LogoDigest(pub u128);

/// A merchant's logo; the picture itself is kept apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Logo {
    /// The digest of the picture.
    pub digest: LogoDigest,
    /// How wide it is, in pixels.
    pub width: u16,
    /// How high it is, in pixels.
    pub height: u16,
}

/// How a merchant's pages and e-mails look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Appearance {
    /// The colour of its buttons and links; the gateway's own where it is absent.
    pub colour: Option<Colour>,
    /// Its logo.
    pub logo: Option<Logo>,
}
