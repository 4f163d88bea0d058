//! What happened in a story.

/// One entry of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Simulation time, seconds.
    pub time_s: f64,
    /// story, act, maneuver_group, maneuver, event, action, condition, collision or signal.
    pub kind: &'static str,
    /// Name of the element.
    pub element: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
}

/// Events in the order in which they happened.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    rows: Vec<EventRow>,
}

impl EventLog {
    /// Adds an entry.
    pub fn push(&mut self, time_s: f64, kind: &'static str, element: &str, from: &str, to: &str) {
        self.rows.push(EventRow {
            time_s,
            kind,
            element: element.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        });
    }

    /// All entries.
    pub fn rows(&self) -> &[EventRow] {
        &self.rows
    }

    /// The log as CSV with the header `time_s,kind,element,from,to`.
    pub fn to_csv(&self) -> String {
        let mut out = String::from("time_s,kind,element,from,to\n");
        for row in &self.rows {
            let field = |text: &str| {
                if text.contains([',', '"', '\n', '\r']) {
                    format!("\"{}\"", text.replace('"', "\"\""))
                } else {
                    text.to_owned()
                }
            };
            out.push_str(&format!(
                "{:.3},{},{},{},{}\n",
                row.time_s,
                row.kind,
                field(&row.element),
                field(&row.from),
                field(&row.to)
            ));
        }
        out
    }
}
