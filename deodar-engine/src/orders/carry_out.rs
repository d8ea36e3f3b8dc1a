//! Asking the acquirer, within the call, for what the call has ordered.
//!
//! What is ordered was committed before, and with it the job that asks for it should this process
//! end or the acquirer be silent. The job is due after the acquirer's time for an answer, so that
//! the call and the worker ask one after the other; were they to ask at once, it is done once.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::id::OperationId;
use deodar_domain::instruction::{Instruction, InstructionKind};
use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use tracing::warn;

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::pay::{FOLLOW_UP_GRACE, is_decided};

/// How long a call waits for the acquirer in all.
const CALL_PATIENCE: Duration = Duration::from_secs(10);
/// How long it is until an acquirer that has not decided is asked again within the call.
const UNDECIDED_AGAIN: Duration = Duration::from_secs(1);
/// How often an acquirer that has not decided is asked within the call.
const UNDECIDED_ASKS_MAX: u32 = 10;

impl Engine {
    /// When a worker asks for what a call has ordered, after the call.
    pub(super) fn follow_up_after(&self) -> Duration {
        self.parts.acquirer.capabilities().answer_timeout + FOLLOW_UP_GRACE
    }

    /// Asks the acquirer for those open instructions of `order` that are `wanted`, and gives the
    /// order as of then. What the acquirer has not decided by the end of the call's patience stays
    /// open. The asking goes on when the caller goes away.
    pub(super) async fn carry_out(
        self: &Arc<Self>,
        order: Order,
        wanted: impl Fn(InstructionKind) -> bool,
    ) -> Result<Order, EngineError> {
        let open = |asked: &&Instruction| asked.is_open() && wanted(asked.kind);
        let operations: Vec<OperationId> =
            order.instructions.iter().filter(open).map(|asked| asked.operation).collect();
        if operations.is_empty() {
            return Ok(order);
        }
        let (engine, key) = (Arc::clone(self), order.key);
        let asking = tokio::spawn(async move { engine.ask_for_all(key, &operations).await });
        match tokio::time::timeout(CALL_PATIENCE, asking).await {
            Ok(Ok(asked)) => asked?,
            Ok(Err(error)) => {
                return Err(EngineError::Internal(format!("an operation's task ended: {error}")));
            }
            Err(_) => warn!("a call did not wait for the acquirer any longer"),
        }
        self.load_as_of_now(key).await
    }

    async fn ask_for_all(
        &self,
        key: OrderKey,
        operations: &[OperationId],
    ) -> Result<(), EngineError> {
        for operation in operations {
            self.ask_until_decided(key, *operation).await?;
        }
        Ok(())
    }

    async fn ask_until_decided(
        &self,
        key: OrderKey,
        operation: OperationId,
    ) -> Result<(), EngineError> {
        for _ in 0..UNDECIDED_ASKS_MAX {
            let order = self.load(key).await?.record;
            let Some(instruction) = order.instruction(operation).filter(|asked| asked.is_open())
            else {
                return Ok(());
            };
            match self.ask_for(&order, instruction).await {
                Ok(outcome) if is_decided(&outcome) => {
                    self.apply_to_instruction(key, instruction, &outcome, Extra::default).await?;
                    return Ok(());
                }
                Ok(_) => tokio::time::sleep(UNDECIDED_AGAIN).await,
                Err(silence) => {
                    warn!(%operation, %silence, "an operation is in doubt");
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
