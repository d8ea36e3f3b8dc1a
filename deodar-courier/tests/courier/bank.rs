//! An acquirer that says yes: at once, or when it is asked again.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument;
use deodar_domain::method::MethodSet;
use deodar_domain::payment::{AcquirerText, Approval};
use deodar_engine::acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    FollowOnRequest, Outcome, Status,
};

pub(crate) struct Bank {
    capabilities: Capabilities,
    /// Whether its answers are lost on their way.
    pub(crate) silent: AtomicBool,
    authorised: Mutex<HashSet<OperationId>>,
}

impl Bank {
    pub(crate) fn new() -> Self {
        Self {
            capabilities: Capabilities {
                methods: MethodSet::all(),
                holds: MethodSet::all(),
                sandbox: true,
                answer_timeout: Duration::from_secs(5),
            },
            silent: AtomicBool::new(false),
            authorised: Mutex::default(),
        }
    }
}

fn approved() -> Outcome {
    Outcome::Approved(Approval {
        approval_code: AcquirerText::parse("012345").unwrap(),
        acquirer_reference: AcquirerText::parse("reference").unwrap(),
        rrn: AcquirerText::parse("506508000001").unwrap(),
        card: None,
    })
}

#[async_trait]
impl Acquirer for Bank {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, _instrument: &Instrument) -> AcquirerText {
        AcquirerText::parse("BANK").unwrap()
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        self.authorised.lock().unwrap().insert(request.operation);
        if self.silent.load(Ordering::SeqCst) {
            return Err(AcquirerError::Silent("the answer was lost".to_owned()));
        }
        Ok(approved())
    }

    async fn capture(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(approved())
    }

    async fn void(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(approved())
    }

    async fn refund(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(approved())
    }

    async fn reverse(&self, _request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        Ok(approved())
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        let known = self.authorised.lock().unwrap().contains(&operation);
        Ok(if known { Status::Known(approved()) } else { Status::Unknown })
    }

    async fn abandon(&self, _operation: OperationId) -> Result<Abandoned, AcquirerError> {
        Ok(Abandoned::Decided(approved()))
    }

    async fn answer_challenge(
        &self,
        _operation: OperationId,
        _otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        Ok(ChallengeAnswer::Decided(approved()))
    }

    async fn resend_challenge(&self, _operation: OperationId) -> Result<(), AcquirerError> {
        Ok(())
    }
}
