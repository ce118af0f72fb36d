//! Cases of kind `api`: operations one after the other.

use stepclock_conformance::case::Case;
use stepclock_conformance::engine::{Comparison, Observation, Operation, Ran, run_steps};
use stepclock_conformance::judge::{Verdict, judge};

use crate::operation::operation;
use crate::server::Server;

pub(crate) fn run(case: &Case) -> Verdict {
    let seen = Server::of(case).and_then(|server| {
        run_steps(case, |name, request| -> Result<Operation, String> {
            Ok(operation(server.call(name, request)?))
        })
    });
    match seen {
        Ok(seen) => {
            let ran = Ran::Ran(Observation::Operations(seen));
            judge(case, Comparison::default(), ran).verdict
        }
        Err(reason) => Verdict::Fail(reason),
    }
}

/// How many steps of a case a client refuses to send.
pub(crate) fn unsent(case: &Case) -> usize {
    case.steps.iter().flatten().filter(|step| step.is_unsent()).count()
}
