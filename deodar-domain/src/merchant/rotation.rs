//! Rotating a merchant's secrets: what signs webhooks stays until it is cut over.

use thiserror::Error;

use super::{Merchant, SealedSecret};

/// What will sign a merchant's webhooks once a rotation is cut over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NextWebhookSecret {
    /// The client secret.
    ClientSecret,
    /// A webhook secret of its own.
    Own(SealedSecret),
}

/// Why there is nothing to be cut over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("no rotation of this merchant waits to be cut over")]
pub struct NothingToCutOver;

/// Why a secret was not rotated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the client secret was rotated too often")]
pub struct TooManyRotations;

impl Merchant {
    /// Takes a new client secret, which ends the tokens of the old one. Webhooks that the old one
    /// signs are signed by it until [`Self::cut_over`]: `old` is the old one, sealed as a webhook
    /// secret.
    pub fn rotate_client_secret(
        &mut self,
        new: SealedSecret,
        old: SealedSecret,
    ) -> Result<(), TooManyRotations> {
        self.secret_version = self.secret_version.checked_add(1).ok_or(TooManyRotations)?;
        self.client_secret = new;
        if self.webhook_secret.is_none() {
            self.webhook_secret = Some(old);
            self.next_webhook_secret.get_or_insert(NextWebhookSecret::ClientSecret);
        }
        Ok(())
    }

    /// Takes a webhook secret of its own, which signs from [`Self::cut_over`] on. One that waited
    /// for that before is forgotten.
    pub fn rotate_webhook_secret(&mut self, new: SealedSecret) {
        self.next_webhook_secret = Some(NextWebhookSecret::Own(new));
    }

    /// Lets what was rotated sign webhooks from now on.
    pub fn cut_over(&mut self) -> Result<(), NothingToCutOver> {
        self.webhook_secret = match self.next_webhook_secret.take() {
            Some(NextWebhookSecret::ClientSecret) => None,
            Some(NextWebhookSecret::Own(secret)) => Some(secret),
            None => return Err(NothingToCutOver),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::tests::merchant;

    #[derive(Clone, Copy)]
    enum Step {
        /// The client secret becomes this one.
        Client(u8),
        /// The webhook secret is to become this one.
        Webhook(u8),
        CutOver,
    }

    fn sealed(byte: u8) -> SealedSecret {
        SealedSecret([byte].into())
    }

    #[test]
    fn what_signs_webhooks_changes_only_when_it_is_cut_over() {
        use Step::{Client, CutOver, Webhook};
        // Each step, and which secret signs after it; the first client secret is 1.
        let cases: [&[(Step, u8)]; 7] = [
            &[(Client(2), 1), (CutOver, 2)],
            &[(Client(2), 1), (Client(3), 1), (CutOver, 3), (Client(4), 3), (CutOver, 4)],
            &[(Webhook(9), 1), (CutOver, 9), (Client(2), 9), (Webhook(8), 9), (CutOver, 8)],
            &[(Webhook(9), 1), (Webhook(8), 1), (CutOver, 8)],
            &[(Webhook(9), 1), (Client(2), 1), (CutOver, 9)],
            &[(Client(2), 1), (Webhook(9), 1), (CutOver, 9)],
            &[(Client(2), 1), (Webhook(9), 1), (Client(3), 1), (CutOver, 9), (Client(4), 9)],
        ];
        for (number, steps) in cases.into_iter().enumerate() {
            let mut merchant = merchant();
            for (place, (step, signs)) in steps.iter().enumerate() {
                match *step {
                    Client(new) => {
                        let old = merchant.client_secret.clone();
                        merchant.rotate_client_secret(sealed(new), old).unwrap();
                    }
                    Webhook(new) => merchant.rotate_webhook_secret(sealed(new)),
                    CutOver => merchant.cut_over().unwrap(),
                }
                let signing = merchant.webhook_secret.as_ref().unwrap_or(&merchant.client_secret);
                assert_eq!(signing.0, sealed(*signs).0, "case {number}, step {place}");
            }
        }
    }

    #[test]
    fn each_client_secret_has_a_version_of_its_own() {
        let mut merchant = merchant();
        for version in 2..5 {
            merchant.rotate_client_secret(sealed(2), sealed(1)).unwrap();
            assert_eq!(merchant.secret_version, version);
        }
        merchant.rotate_webhook_secret(sealed(3));
        merchant.cut_over().unwrap();
        assert_eq!(merchant.secret_version, 4, "a webhook secret ends no token");
        merchant.secret_version = u32::MAX;
        let before = merchant.clone();
        assert_eq!(merchant.rotate_client_secret(sealed(5), sealed(2)), Err(TooManyRotations));
        assert_eq!(merchant, before);
    }

    #[test]
    fn what_was_not_rotated_is_not_cut_over() {
        let mut merchant = merchant();
        let before = merchant.clone();
        assert_eq!(merchant.cut_over(), Err(NothingToCutOver));
        assert_eq!(merchant, before);
    }
}
