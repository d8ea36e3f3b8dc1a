//! Diagrams of states, as Mermaid draws them.

use std::collections::BTreeMap;

/// The states of one thing, and what leads from one to another.
#[derive(Default)]
pub(super) struct Diagram {
    /// The states, in the order in which they are drawn.
    states: Vec<&'static str>,
    /// By the places of both states: what leads from the one to the other.
    edges: BTreeMap<(usize, usize), Vec<&'static str>>,
}

impl Diagram {
    /// A diagram of these states; the first is where everything begins.
    pub(super) fn of(states: impl IntoIterator<Item = &'static str>) -> Self {
        Self { states: states.into_iter().collect(), edges: BTreeMap::new() }
    }

    fn place(&self, state: &str) -> usize {
        self.states.iter().position(|known| *known == state).unwrap_or(self.states.len())
    }

    /// Notes that `label` leads from one state to another. What changes nothing is not drawn.
    pub(super) fn lead(&mut self, from: &str, label: &'static str, to: &str) {
        if from == to {
            return;
        }
        let labels = self.edges.entry((self.place(from), self.place(to))).or_default();
        if !labels.contains(&label) {
            labels.push(label);
            labels.sort_unstable();
        }
    }

    /// How many things lead from one state to another.
    #[cfg(test)]
    pub(super) fn edge_count(&self) -> usize {
        self.edges.values().map(Vec::len).sum()
    }

    /// The diagram in Mermaid's words. `begun_by` leads to the first state; a state that nothing
    /// leads out of is an end.
    pub(super) fn mermaid(&self, begun_by: &str) -> String {
        let name = |place: &usize| self.states.get(*place).copied().unwrap_or("UNKNOWN");
        let mut lines = vec![
            String::from("```mermaid"),
            String::from("stateDiagram-v2"),
            format!("    [*] --> {}: {begun_by}", name(&0)),
        ];
        for ((from, to), labels) in &self.edges {
            lines.push(format!("    {} --> {}: {}", name(from), name(to), labels.join(", ")));
        }
        for (place, state) in self.states.iter().enumerate() {
            if !self.edges.keys().any(|(from, _)| *from == place) {
                lines.push(format!("    {state} --> [*]"));
            }
        }
        lines.push(String::from("```\n"));
        lines.join("\n")
    }
}
