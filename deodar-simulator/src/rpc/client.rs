//! The gateway's side of the calls.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deodar_acquirer::{
    Abandoned, Acquirer, AcquirerError, AuthorizeRequest, Capabilities, ChallengeAnswer,
    EligibilityRequest, FollowOnRequest, Outcome, PointsBalance, Status,
};
use deodar_domain::card::CardNumber;
use deodar_domain::emi::EmiPlan;
use deodar_domain::id::OperationId;
use deodar_domain::instrument::Instrument as KeptInstrument;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::pay_later::Eligibility;
use deodar_domain::payment::AcquirerText;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::BODY_BYTES_MAX;
use super::secret::RpcSecret;
use super::wire::{BadField, WireAuthorize, WireFollowOn, WireOperation, WireOtp};
use super::wire_answer::{WireAbandoned, WireChallengeAnswer, WireOutcome, WireStatus};
use super::wire_lending::{
    WireBalance, WireBalanceRequest, WireEligibility, WireEligibilityRequest, WirePlans,
    WirePlansRequest,
};
use crate::config::base_url;
use crate::error::SimulatorError;
use crate::simulator::{acquirer_name, capabilities};

/// How long a connection is kept without use; the simulator closes its own later.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// How many connections are kept without use.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// Where a simulator in another process is found.
#[derive(Clone, Debug)]
pub struct RemoteConfig {
    /// The address of its pages as this process reaches them, plain `http`:
    /// `http://127.0.0.1:8081/simulator`. The calls are under `/rpc` below it.
    pub url: String,
    /// The secret that both sides share.
    pub secret: RpcSecret,
    /// How long an answer may take before the simulator counts as silent.
    pub answer_timeout: Duration,
}

/// A simulator in another process.
pub struct RemoteSimulator {
    client: Client<HttpConnector, Full<Bytes>>,
    /// The address of the calls, without a slash at the end.
    calls: String,
    authorization: HeaderValue,
    capabilities: Capabilities,
}

impl RemoteSimulator {
    /// Makes the client. It connects with the first call, so the simulator may start later.
    pub fn new(config: &RemoteConfig) -> Result<Self, SimulatorError> {
        let url = base_url(&config.url)?;
        if url.scheme() != "http" {
            let reason = "calls to it are plain http";
            return Err(SimulatorError::Address { url: config.url.clone(), reason });
        }
        let authorization = config.secret.header().ok_or(SimulatorError::Secret {
            min: RpcSecret::LENGTH_MIN,
            max: RpcSecret::LENGTH_MAX,
        })?;
        Ok(Self {
            client: client(),
            calls: format!("{}/rpc", url.as_str().trim_end_matches('/')),
            authorization,
            capabilities: capabilities(config.answer_timeout),
        })
    }

    /// Makes one call and reads its answer. Whatever goes wrong on the way leaves open whether the
    /// bank has done it.
    async fn call<A: DeserializeOwned>(
        &self,
        name: &'static str,
        call: &impl Serialize,
    ) -> Result<A, AcquirerError> {
        let silent = |why: &str| AcquirerError::Silent(why.to_owned());
        let request = self.request(name, call).ok_or_else(|| silent("the call was not made"))?;
        let exchange = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|_| "the connection failed")?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
            Ok((status, body.map_err(|_| "the answer broke off")?.to_bytes()))
        };
        let (status, answer) = tokio::time::timeout(self.capabilities.answer_timeout, exchange)
            .await
            .unwrap_or(Err("no answer in time"))
            .map_err(silent)?;
        match status {
            StatusCode::OK => {
                serde_json::from_slice(&answer).map_err(|_| silent("the answer cannot be read"))
            }
            StatusCode::UNPROCESSABLE_ENTITY => {
                Err(AcquirerError::Unsupported("the simulator does not do this"))
            }
            StatusCode::UNAUTHORIZED => {
                tracing::error!("the simulator refuses the shared secret");
                Err(silent("it refuses the shared secret"))
            }
            other => Err(silent(&format!("it answered HTTP {}", other.as_u16()))),
        }
    }

    /// The call as a request. Its body is wiped when the connection has let go of it.
    fn request(&self, name: &str, call: &impl Serialize) -> Option<Request<Full<Bytes>>> {
        // Room for the whole call, so that growing leaves no copy of a card behind; and no more,
        // since all of it is wiped.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, call).ok()?;
        let mut body = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *body, call).ok()?;
        let uri: Uri = format!("{}/{name}", self.calls).parse().ok()?;
        Request::post(uri)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::new(Bytes::from_owner(body)))
            .ok()
    }

    async fn follow_on(
        &self,
        name: &'static str,
        request: &FollowOnRequest,
    ) -> Result<Outcome, AcquirerError> {
        let answer: WireOutcome = self.call(name, &WireFollowOn::of(request)).await?;
        answer.read().map_err(unreadable)
    }
}

/// Connections that are kept for the next call. No call is sent twice: one is given another connection
/// only where hyper hands it back because its kept connection had ended before it took the call. One
/// that was begun with and has no answer is silence.
fn client() -> Client<HttpConnector, Full<Bytes>> {
    let mut connector = HttpConnector::new();
    // A call is one small write; waiting for more would only delay it.
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .retry_canceled_requests(true)
        .build(connector)
}

/// Counts the bytes that are written, and keeps none.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn unreadable(field: BadField) -> AcquirerError {
    AcquirerError::Silent(format!("the answer's {} cannot be read", field.0))
}

#[async_trait]
impl Acquirer for RemoteSimulator {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn name(&self, instrument: &KeptInstrument) -> AcquirerText {
        acquirer_name(instrument)
    }

    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError> {
        let answer: WireOutcome = {
            let wire = WireAuthorize::of(&request);
            drop(request);
            self.call("authorize", &wire).await?
        };
        answer.read().map_err(unreadable)
    }

    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on("capture", &request).await
    }

    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on("void", &request).await
    }

    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on("refund", &request).await
    }

    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError> {
        self.follow_on("reverse", &request).await
    }

    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError> {
        let answer: WireStatus = self.call("status", &WireOperation::of(operation)).await?;
        answer.read().map_err(unreadable)
    }

    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError> {
        let answer: WireAbandoned = self.call("abandon", &WireOperation::of(operation)).await?;
        answer.read().map_err(unreadable)
    }

    async fn answer_challenge(
        &self,
        operation: OperationId,
        otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError> {
        let call = WireOtp::of(operation, otp);
        let answer: WireChallengeAnswer = self.call("answer_challenge", &call).await?;
        answer.read().map_err(unreadable)
    }

    async fn resend_challenge(&self, operation: OperationId) -> Result<(), AcquirerError> {
        self.call("resend_challenge", &WireOperation::of(operation)).await
    }

    async fn check_eligibility(
        &self,
        request: EligibilityRequest,
    ) -> Result<Eligibility, AcquirerError> {
        let call = WireEligibilityRequest::of(&request);
        let answer: WireEligibility = self.call("eligibility", &call).await?;
        answer.read().map_err(unreadable)
    }

    async fn plans(&self, method: Method, amount: Money) -> Result<Vec<EmiPlan>, AcquirerError> {
        let call = WirePlansRequest::of(method, amount);
        let answer: WirePlans = self.call("plans", &call).await?;
        answer.read().map_err(unreadable)
    }

    async fn balance(&self, number: &CardNumber) -> Result<PointsBalance, AcquirerError> {
        let call = WireBalanceRequest::of(number);
        let answer: WireBalance = self.call("balance", &call).await?;
        answer.read().map_err(unreadable)
    }
}
