//! The answers as JSON.

use deodar_acquirer::{Abandoned, ChallengeAnswer, Outcome, Status};
use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::instrument::{CardSummary, CardType, IssuerText};
use deodar_domain::payment::{AcquirerText, Approval, Challenge, ChallengeTarget};
use serde::{Deserialize, Serialize};

use super::wire::BadField;

#[derive(Serialize, Deserialize)]
pub(super) struct WireCardSummary {
    brand: String,
    last4: String,
    card_type: Option<String>,
    issuer: Option<String>,
    category: Option<String>,
    country_code: Option<String>,
}

impl WireCardSummary {
    fn of(card: &CardSummary) -> Self {
        let text = |field: &Option<IssuerText>| field.as_ref().map(|text| text.as_str().to_owned());
        Self {
            brand: card.brand.name().to_owned(),
            last4: card.last4.as_str().to_owned(),
            card_type: card.card_type.map(|known| known.name().to_owned()),
            issuer: text(&card.issuer),
            category: text(&card.category),
            country_code: text(&card.country_code),
        }
    }

    fn read(&self) -> Result<CardSummary, BadField> {
        let text = |field: &Option<String>| {
            field.as_deref().map(IssuerText::parse).transpose().map_err(|_| BadField("card"))
        };
        let types = [CardType::Credit, CardType::Debit, CardType::Prepaid];
        let card_type = |name: &String| types.into_iter().find(|known| known.name() == name);
        Ok(CardSummary {
            brand: CardBrand::from_name(&self.brand).ok_or(BadField("card.brand"))?,
            last4: Last4::parse(&self.last4).ok_or(BadField("card.last4"))?,
            card_type: self.card_type.as_ref().and_then(card_type),
            issuer: text(&self.issuer)?,
            category: text(&self.category)?,
            country_code: text(&self.country_code)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum WireChallenge {
    Redirect { url: String },
    Collect { app: Option<String> },
    Intent { link: String, app: Option<String> },
    Otp,
}

impl WireChallenge {
    fn of(challenge: &Challenge) -> Self {
        let text = |target: &ChallengeTarget| target.as_str().to_owned();
        match challenge {
            Challenge::Redirect(url) => Self::Redirect { url: text(url) },
            Challenge::Collect { app } => Self::Collect { app: app.as_ref().map(text) },
            Challenge::Intent { link, app } => {
                Self::Intent { link: text(link), app: app.as_ref().map(text) }
            }
            Challenge::Otp => Self::Otp,
        }
    }

    fn read(&self) -> Result<Challenge, BadField> {
        let target = |text: &str| ChallengeTarget::parse(text).map_err(|_| BadField("challenge"));
        let maybe = |text: &Option<String>| text.as_deref().map(target).transpose();
        Ok(match self {
            Self::Redirect { url } => Challenge::Redirect(target(url)?),
            Self::Collect { app } => Challenge::Collect { app: maybe(app)? },
            Self::Intent { link, app } => {
                Challenge::Intent { link: target(link)?, app: maybe(app)? }
            }
            Self::Otp => Challenge::Otp,
        })
    }
}

/// An outcome.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum WireOutcome {
    Approved {
        approval_code: String,
        acquirer_reference: String,
        rrn: String,
        card: Option<WireCardSummary>,
    },
    Declined {
        reason: String,
        message: Option<String>,
    },
    Pending,
    Challenged {
        challenge: WireChallenge,
        reference: Option<String>,
    },
}

impl WireOutcome {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Approved(approval) => Self::Approved {
                approval_code: approval.approval_code.as_str().to_owned(),
                acquirer_reference: approval.acquirer_reference.as_str().to_owned(),
                rrn: approval.rrn.as_str().to_owned(),
                card: approval.card.as_ref().map(WireCardSummary::of),
            },
            Outcome::Declined(failure) => Self::Declined {
                reason: failure.reason.code().to_owned(),
                message: failure.message.as_ref().map(|text| text.as_str().to_owned()),
            },
            Outcome::Pending => Self::Pending,
            Outcome::Challenged { challenge, reference } => Self::Challenged {
                challenge: WireChallenge::of(challenge),
                reference: reference.as_ref().map(|text| text.as_str().to_owned()),
            },
        }
    }

    pub(super) fn read(&self) -> Result<Outcome, BadField> {
        let text = |text: &str| AcquirerText::parse(text).map_err(|_| BadField("approval"));
        Ok(match self {
            Self::Approved { approval_code, acquirer_reference, rrn, card } => {
                Outcome::Approved(Approval {
                    approval_code: text(approval_code)?,
                    acquirer_reference: text(acquirer_reference)?,
                    rrn: text(rrn)?,
                    card: card.as_ref().map(WireCardSummary::read).transpose()?,
                })
            }
            Self::Declined { reason, message } => Outcome::Declined(Failure {
                reason: DeclineReason::from_code(reason).ok_or(BadField("reason"))?,
                message: message.as_deref().and_then(|text| FailureMessage::parse(text).ok()),
            }),
            Self::Pending => Outcome::Pending,
            Self::Challenged { challenge, reference } => Outcome::Challenged {
                challenge: challenge.read()?,
                reference: reference.as_deref().map(text).transpose()?,
            },
        })
    }
}

/// What is known of an operation; `known` is absent where nothing is.
#[derive(Serialize, Deserialize)]
pub(super) struct WireStatus {
    known: Option<WireOutcome>,
}

impl WireStatus {
    pub(super) fn of(status: &Status) -> Self {
        Self {
            known: match status {
                Status::Unknown => None,
                Status::Known(outcome) => Some(WireOutcome::of(outcome)),
            },
        }
    }

    pub(super) fn read(&self) -> Result<Status, BadField> {
        self.known.as_ref().map_or(Ok(Status::Unknown), |known| Ok(Status::Known(known.read()?)))
    }
}

/// What came of ending an authorisation; `decided` is absent where it has ended.
#[derive(Serialize, Deserialize)]
pub(super) struct WireAbandoned {
    decided: Option<WireOutcome>,
}

impl WireAbandoned {
    pub(super) fn of(abandoned: &Abandoned) -> Self {
        Self {
            decided: match abandoned {
                Abandoned::Ended => None,
                Abandoned::Decided(outcome) => Some(WireOutcome::of(outcome)),
            },
        }
    }

    pub(super) fn read(&self) -> Result<Abandoned, BadField> {
        let decided = |known: &WireOutcome| Ok(Abandoned::Decided(known.read()?));
        self.decided.as_ref().map_or(Ok(Abandoned::Ended), decided)
    }
}

/// What came of a one-time password.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireChallengeAnswer {
    Decided(Box<WireOutcome>),
    Wrong { tries_remaining: u8 },
}

impl WireChallengeAnswer {
    pub(super) fn of(answer: &ChallengeAnswer) -> Self {
        match answer {
            ChallengeAnswer::Decided(outcome) => Self::Decided(Box::new(WireOutcome::of(outcome))),
            ChallengeAnswer::Wrong { tries_remaining } => {
                Self::Wrong { tries_remaining: *tries_remaining }
            }
        }
    }

    pub(super) fn read(&self) -> Result<ChallengeAnswer, BadField> {
        Ok(match self {
            Self::Decided(outcome) => ChallengeAnswer::Decided(outcome.read()?),
            Self::Wrong { tries_remaining } => {
                ChallengeAnswer::Wrong { tries_remaining: *tries_remaining }
            }
        })
    }
}
