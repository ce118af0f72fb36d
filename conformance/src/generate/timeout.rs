//! `TimeoutSeconds` and `HeartbeatSeconds` of Task states, literal and computed.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::Reads;
use super::pass::braced;
use super::shape::Want;
use super::swarm::Switch;
use super::task::Call;

/// What bounds a task, as far as it is known.
pub(super) struct Bounds {
    pub(super) timeout: Option<u64>,
    pub(super) heartbeat: Option<u64>,
    /// Whether anything bounds it, known or not.
    pub(super) bounded: bool,
}

impl Generator<'_, '_, '_> {
    pub(super) fn timeouts(
        &mut self,
        site: &Site<'_>,
        call: &Call,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> Bounds {
        let mut bounds = Bounds { timeout: None, heartbeat: None, bounded: false };
        if self.chance(Switch::Timeouts, 1, 3) {
            bounds.bounded = true;
            bounds.timeout = self.seconds_field(site, "TimeoutSeconds", 4, reads, fields);
        }
        let heartbeats = if call.heartbeats { 4 } else { 1 };
        if self.chance(Switch::Heartbeats, heartbeats, 12) {
            bounds.bounded = true;
            bounds.heartbeat = self.seconds_field(site, "HeartbeatSeconds", 1, reads, fields);
        }
        bounds
    }

    /// A field of seconds in one of its forms; what it says, when that is known.
    fn seconds_field(
        &mut self,
        site: &Site<'_>,
        field: &str,
        least: u64,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) -> Option<u64> {
        if self.draw.chance(1, 4) {
            if site.jsonata {
                let expression = match self.jsonata_path(reads, Want::Int) {
                    Some((path, _)) => format!("{path} + {least}"),
                    None => format!("{least} + 1"),
                };
                fields.insert(field.into(), braced(&expression));
                return None;
            }
            if let Some(path) = self.reference(reads, Want::Int) {
                fields.insert(format!("{field}Path"), path.into());
                return None;
            }
        }
        let seconds = least + self.draw.pick(&[1, 0, 2, 6, 56, 296, 3596]);
        fields.insert(field.into(), seconds.into());
        Some(seconds)
    }
}
