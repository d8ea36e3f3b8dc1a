//! The master key and what is derived from it: the keys of tokens, of challenge and checkout pages,
//! of the digests of calls and of what is counted, of sealed secrets and of slugs.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use deodar_domain::id::{LinkNumber, MerchantId};
use deodar_domain::merchant::SealedSecret;
use deodar_domain::signature::hmac_sha256;
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random::{NoRandomness, Random};
use crate::slug::Slugs;

pub use crate::slug::SLUG_LENGTH;

/// How many bytes a master key has.
pub const MASTER_KEY_LENGTH: usize = 32;

const NONCE_LENGTH: usize = 24;

/// The key of all keys: 32 random bytes, the same on all nodes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; MASTER_KEY_LENGTH]>);

impl MasterKey {
    /// Takes the 32 bytes.
    pub fn new(bytes: [u8; MASTER_KEY_LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Derives the key of `purpose` by HKDF-SHA256 (RFC 5869).
    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let derived = Hkdf::<Sha256>::new(None, self.0.as_slice())
            .expand(purpose.as_bytes(), key.as_mut_slice());
        // HKDF-SHA256 gives up to 8,160 bytes, so 32 cannot fail.
        debug_assert!(derived.is_ok());
        key
    }

    /// Derives all keys.
    pub fn keys(&self) -> Keys {
        let seal = self.derive("deodar seal v1");
        Keys {
            token: self.derive("deodar token v1"),
            call: self.derive("deodar call v1"),
            tally: self.derive("deodar tally v1"),
            challenge: self.derive("deodar challenge v1"),
            checkout: self.derive("deodar checkout v1"),
            seal: XChaCha20Poly1305::new((&*seal).into()),
            slugs: Slugs::new(&self.derive("deodar slug v1")).ok(),
        }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// A sealed secret cannot be opened: the master key is another one, or the secret was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a stored secret cannot be opened with this master key")]
pub struct WrongKey;

/// Which secret of a merchant is sealed. A sealed text opens only as what it was sealed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The client secret.
    Client,
    /// The key of the return URL's signature.
    Signing,
    /// The webhook secret.
    Webhook,
}

impl SecretKind {
    fn context(self, merchant: MerchantId) -> String {
        let kind = match self {
            Self::Client => "client",
            Self::Signing => "signing",
            Self::Webhook => "webhook",
        };
        format!("{kind} secret of merchant {merchant}")
    }
}

/// The keys that are derived from the master key.
pub struct Keys {
    token: Zeroizing<[u8; 32]>,
    call: Zeroizing<[u8; 32]>,
    tally: Zeroizing<[u8; 32]>,
    challenge: Zeroizing<[u8; 32]>,
    checkout: Zeroizing<[u8; 32]>,
    seal: XChaCha20Poly1305,
    slugs: Option<Slugs>,
}

impl Keys {
    /// The key of tokens.
    pub(crate) fn token(&self) -> &[u8] {
        self.token.as_slice()
    }

    /// The key of the tokens of challenge pages.
    pub(crate) fn challenge(&self) -> &[u8] {
        self.challenge.as_slice()
    }

    /// The key of the tokens of hosted checkout pages.
    pub(crate) fn checkout(&self) -> &[u8] {
        self.checkout.as_slice()
    }

    /// The key of the digests of calls and their bodies.
    pub(crate) fn call(&self) -> &[u8] {
        self.call.as_slice()
    }

    /// What is remembered instead of a key under which something is counted.
    pub(crate) fn tally_digest(&self, purpose: &str, parts: &[&[u8]]) -> u128 {
        digest(self.tally.as_slice(), purpose, parts)
    }

    /// Seals a merchant's secret.
    pub fn seal(
        &self,
        random: &dyn Random,
        merchant: MerchantId,
        kind: SecretKind,
        secret: &[u8],
    ) -> Result<SealedSecret, NoRandomness> {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce)?;
        let context = kind.context(merchant);
        let payload = Payload { msg: secret, aad: context.as_bytes() };
        // Only a secret of more than 256 GiB could fail here.
        let sealed = self.seal.encrypt(&XNonce::from(nonce), payload).map_err(|_| NoRandomness)?;
        Ok(SealedSecret([nonce.as_slice(), &sealed].concat().into()))
    }

    /// Opens a merchant's secret.
    pub fn open(
        &self,
        merchant: MerchantId,
        kind: SecretKind,
        sealed: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>, WrongKey> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_LENGTH).ok_or(WrongKey)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().map_err(|_| WrongKey)?;
        let context = kind.context(merchant);
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let opened = self.seal.decrypt(&XNonce::from(nonce), payload).map_err(|_| WrongKey)?;
        Ok(Zeroizing::new(opened))
    }

    /// Seals a text that leaves the gateway and comes back. It opens only with the same `context`.
    pub(crate) fn seal_text(
        &self,
        random: &dyn Random,
        context: &str,
        text: &str,
    ) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce)?;
        let payload = Payload { msg: text.as_bytes(), aad: context.as_bytes() };
        let sealed = self.seal.encrypt(&XNonce::from(nonce), payload).map_err(|_| NoRandomness)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens such a text.
    pub(crate) fn open_text(
        &self,
        context: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, WrongKey> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LENGTH).ok_or(WrongKey)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().map_err(|_| WrongKey)?;
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let opened = self.seal.decrypt(&XNonce::from(nonce), payload).map_err(|_| WrongKey)?;
        String::from_utf8(opened).map(Zeroizing::new).map_err(|_| WrongKey)
    }

    /// The slug of a link: its number under FF1 (NIST SP 800-38G), so that it is hard to guess,
    /// cannot collide and needs no index.
    pub fn slug(&self, number: LinkNumber) -> Option<String> {
        self.slugs.as_ref()?.seal(number.0)
    }

    /// The link number of a slug; any seven alphanumerics are the slug of some number.
    pub fn link_number(&self, slug: &str) -> Option<LinkNumber> {
        self.slugs.as_ref()?.open(slug).map(LinkNumber)
    }
}

/// The first 128 bits of the HMAC-SHA256 of the parts, each with its length before it.
pub(crate) fn digest(key: &[u8], purpose: &str, parts: &[&[u8]]) -> u128 {
    let mut message = Vec::new();
    for part in [purpose.as_bytes()].iter().chain(parts) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(part);
    }
    let mac = hmac_sha256(key, &[&message]);
    let bits = mac.first_chunk().copied().unwrap_or_default();
    u128::from_be_bytes(bits)
}
