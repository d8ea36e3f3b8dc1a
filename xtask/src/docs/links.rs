//! The life of a link, by its one table.

use deodar_domain::link::{LinkCommand, LinkState, next};

use super::diagram::Diagram;
use super::tables::table;

/// Every command.
const COMMANDS: [LinkCommand; 10] = [
    LinkCommand::Click,
    LinkCommand::AttemptStarted,
    LinkCommand::AttemptEnded { part_paid: false },
    LinkCommand::AttemptEnded { part_paid: true },
    LinkCommand::PartPaid,
    LinkCommand::Paid,
    LinkCommand::Cancel,
    LinkCommand::Notify,
    LinkCommand::OrderEnded,
    LinkCommand::Expire,
];

const fn label(command: LinkCommand) -> &'static str {
    match command {
        LinkCommand::Click => "page opened",
        LinkCommand::AttemptStarted => "attempt started",
        LinkCommand::AttemptEnded { part_paid: false } => "attempt failed",
        LinkCommand::AttemptEnded { part_paid: true } => "attempt failed after a paid part",
        LinkCommand::PartPaid => "part paid",
        LinkCommand::Paid => "paid or authorised",
        LinkCommand::Cancel => "cancel",
        LinkCommand::Notify => "notify",
        LinkCommand::OrderEnded => "order failed, voided or released",
        LinkCommand::Expire => "expire_by reached",
    }
}

/// The states of a link.
pub(super) fn diagram() -> String {
    let mut diagram = Diagram::of(LinkState::ALL.map(LinkState::name));
    for state in LinkState::ALL {
        for command in COMMANDS {
            if let Ok((to, _)) = next(state, command) {
                diagram.lead(state.name(), label(command), to.name());
            }
        }
    }
    diagram.mermaid("created")
}

/// Whether the link can be paid, cancelled and sent again in each state, and what is told where it
/// cannot.
pub(super) fn commands() -> String {
    let rows = LinkState::ALL.map(|state| {
        let paid = if next(state, LinkCommand::AttemptStarted).is_ok() { "yes" } else { "no" };
        let cancelled = match next(state, LinkCommand::Cancel) {
            Ok((to, _)) => format!("200, `{}`", to.name()),
            Err(refusal) => format!("422, {refusal}"),
        };
        let notified = match next(state, LinkCommand::Notify) {
            Ok(_) => "200".to_owned(),
            Err(refusal) => format!("422, {refusal}"),
        };
        [format!("`{}`", state.name()), paid.to_owned(), cancelled, notified]
    });
    table(["state", "can be paid", "cancelling it", "sending it again"], rows)
}
