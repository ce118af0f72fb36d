//! From a setup and a seed to a case, and from a case to what was seen of it.

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Unstructured;
use serde_json::{Value, json};
use stepclock_engine::data::RandomStream;

use super::answers::{Mood, TaskPlan};
use super::constructs::{Construct, constructs};
use super::expectation::Expectations;
use super::flow::Flow;
use super::report::Assumption;
use super::shape::Shape;
use super::subject::Subject;
use super::sweep::SweepError;
use super::tally::Sighting;
use crate::case::{Case, Expect, Fault, Kind, Machine, Resources, WorkflowTypeName};
use crate::engine::{Budget, Engine, Execution, Observation, Ran};
use crate::fault::{self, Profile};

/// When simulated time starts, as for `stepclock run`.
const START_TIME: &str = "2026-01-01T00:00:00Z";

/// Bytes that the faults of a run are drawn from.
const FAULT_BYTES: usize = 256;

/// What to explore.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The machine's name.
    pub name: String,
    /// The definition. It must be valid.
    pub definition: Value,
    /// STANDARD unless said.
    pub workflow_type: Option<WorkflowTypeName>,
    /// Inputs to take from; none means that they are drawn.
    pub inputs: Vec<Value>,
    /// Scripted workers, in the format of `stepclock run --workers`.
    pub workers: Option<Value>,
    /// Other machines, by name.
    pub machines: BTreeMap<String, Value>,
    /// Objects: bucket → key → body.
    pub objects: BTreeMap<String, BTreeMap<String, String>>,
    /// How much goes wrong.
    pub profile: Profile,
}

/// Makes runs of one setup.
pub struct Explorer<'a> {
    setup: &'a Setup,
    /// What a run can reach.
    pub constructs: Vec<Construct>,
    /// The machine that is explored, and those that it starts.
    subject: Subject<'a>,
    started: Vec<Subject<'a>>,
    tasks: Vec<TaskPlan>,
    /// Tasks whose answers the script gives; faults happen to them from outside.
    scripted: u64,
    input: Shape,
}

impl<'a> Explorer<'a> {
    /// Reads a definition and what is beside it.
    #[must_use]
    pub fn new(setup: &'a Setup) -> Self {
        let mut constructs = Vec::new();
        let subject = Subject::new(None, &setup.definition, &mut constructs);
        let machine = &subject.machine;
        let started = setup.machines.iter();
        let started =
            started.map(|(name, definition)| Subject::new(Some(name), definition, &mut constructs));
        let started: Vec<Subject<'_>> = started.collect();
        let scripted = scripted(setup.workers.as_ref());
        let flow = Flow::new(machine);
        let input = flow.input();
        let mut tasks = Vec::new();
        for Subject { name, machine, .. } in [&subject].into_iter().chain(&started) {
            plan(machine, *name, setup, &scripted, &mut tasks);
        }
        let is_scripted = |name: &str| scripted.contains(name);
        let scripted =
            machine.states().filter(|s| s.kind() == "Task" && is_scripted(s.name)).count();
        Self { setup, constructs, subject, started, tasks, scripted: scripted as u64, input }
    }

    /// The states of the machine.
    #[must_use]
    pub const fn machine(&self) -> &Machine<'a> {
        &self.subject.machine
    }

    fn subjects(&self) -> impl Iterator<Item = &Subject<'a>> {
        [&self.subject].into_iter().chain(&self.started)
    }

    /// The states of the machine that a construct belongs to.
    pub(super) fn machine_of(&self, construct: &Construct) -> Option<&Machine<'a>> {
        let name = construct.machine.as_deref();
        self.subjects().find(|subject| subject.name == name).map(|subject| &subject.machine)
    }

    /// The run of a seed, as a case.
    #[must_use]
    pub fn case(&self, seed: u64) -> Case {
        let setup = self.setup;
        let mut random = RandomStream::new(seed, "explore");
        let input = match setup.inputs.as_slice() {
            [] => self.input.draw(&mut random),
            given => given[random.below(given.len() as u64) as usize].clone(),
        };
        let mood = Mood::draw(setup.profile, &mut random);
        let given = setup.workers.as_ref().and_then(|script| script.get("workers"));
        let mut workers = given.and_then(Value::as_array).cloned().unwrap_or_default();
        workers.extend(self.tasks.iter().map(|task| task.worker(&mood, &mut random)));
        Case {
            id: format!("explore/{seed}"),
            source: format!("explore {}, seed {seed}", setup.name),
            kind: Kind::Result,
            workflow_type: setup.workflow_type,
            definition: Some(setup.definition.clone()),
            input: Some(input),
            start_time: Some(START_TIME.to_owned()),
            resources: Resources { s3: setup.objects.clone(), ..Resources::default() },
            machines: setup.machines.clone(),
            workers: Some(json!({"workers": workers})),
            faults: self.faults(&mut random),
            seed: Some(seed),
            ..Case::default()
        }
    }

    /// What goes wrong with tasks that a script answers.
    fn faults(&self, random: &mut RandomStream) -> Vec<Fault> {
        if self.scripted == 0 {
            return Vec::new();
        }
        let words = (0..FAULT_BYTES / 8).flat_map(|_| random.next_u64().to_le_bytes());
        let bytes: Vec<u8> = words.collect();
        // Each may be tried a few times, or once for every item.
        let tasks = (self.scripted + self.tasks.len() as u64) * 2;
        let mut u = Unstructured::new(&bytes);
        let drawn = fault::draw(&mut u, self.machine(), self.setup.profile, tasks);
        let mut faults = drawn.unwrap_or_default();
        // What happens to the engine or is refused by it says nothing of the workflow.
        faults.retain(|fault| {
            matches!(
                fault,
                Fault::TaskError { .. }
                    | Fault::Throttled { .. }
                    | Fault::Unanswered { .. }
                    | Fault::HeartbeatsLost { .. }
                    | Fault::Late { .. }
                    | Fault::WorkerCrash { .. }
            )
        });
        faults
    }

    /// The run of a seed with what came out of it, so that `stepclock replay` tells when it no longer does.
    #[must_use]
    pub fn pinned(&self, seed: u64, seen: &Execution) -> Case {
        let expect = Expect {
            status: Some(seen.status.clone()),
            output: seen.output_as_expected(),
            error: seen.error.clone().map(Value::from),
            duration_ms: seen.duration_ms(),
            ..Expect::default()
        };
        Case { expect, ..self.case(seed) }
    }

    /// Runs a seed and says what was seen.
    ///
    /// # Errors
    /// When the engine does not run the case, or gives a history that cannot be read.
    pub fn run(
        &self,
        seed: u64,
        engine: &dyn Engine,
        expectations: &Expectations,
    ) -> Result<Sighting, SweepError> {
        let case = self.case(seed);
        let unreadable = |error| SweepError::History { seed, error };
        let seen = observe(&case, seed, engine)?;
        let view = self.subject.view(&seen).map_err(unreadable)?;
        let mut sighting = Sighting::new(seed, &view);
        sighting.checked = expectations.check(&view);
        self.subject.count(&view, &mut sighting.hits);
        for started in &self.started {
            started.count(&started.view(&seen).map_err(unreadable)?, &mut sighting.hits);
        }
        if self.subjects().any(|subject| subject.probe.is_some()) {
            let mut case = case;
            self.subjects().for_each(|subject| subject.put_probe(&mut case));
            let seen = observe(&case, seed, engine)?;
            for subject in self.subjects() {
                subject.count_probed(&seen, &mut sighting.hits).map_err(unreadable)?;
            }
        }
        Ok(sighting)
    }

    /// What was assumed, because nobody said it.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let input = self.setup.inputs.is_empty().then(|| Assumption {
            of: "input".to_owned(),
            value: self.input.describe_or_empty(),
            errors: Vec::new(),
        });
        let tasks = self.tasks.iter().map(|task| Assumption {
            of: match &task.machine {
                Some(machine) => format!("{} of {machine}", task.state),
                None => task.state.clone(),
            },
            value: task.result.describe_or_empty(),
            errors: match self.setup.profile {
                Profile::Calm => Vec::new(),
                _ => task.errors.clone(),
            },
        });
        input.into_iter().chain(tasks).collect()
    }

    /// Whether nothing goes wrong.
    pub(super) fn is_calm(&self) -> bool {
        self.setup.profile == Profile::Calm
    }

    /// The Task of a machine, if its answers are drawn.
    pub(super) fn drawn(&self, machine: Option<&str>, state: &str) -> Option<&TaskPlan> {
        self.tasks.iter().find(|task| task.machine.as_deref() == machine && task.state == state)
    }
}

/// Runs a case and gives its execution.
fn observe(case: &Case, seed: u64, engine: &dyn Engine) -> Result<Execution, SweepError> {
    let failed = |message: String| SweepError::Run { seed, message };
    match engine.run(case, &Budget::default()) {
        Ran::Ran(Observation::Execution(seen)) => Ok(*seen),
        Ran::Ran(_) => Err(failed("the engine did not run an execution".to_owned())),
        Ran::Skipped(reason) | Ran::Errored(reason) => Err(failed(reason)),
        Ran::TimedOut => Err(failed("the run does not come to an end".to_owned())),
    }
}

/// States whose every call the script answers.
fn scripted(workers: Option<&Value>) -> BTreeSet<String> {
    let list = workers.and_then(|script| script.get("workers")).and_then(Value::as_array);
    let always = |worker: &&Value| {
        worker.get("answers").is_some_and(Value::is_array)
            && ["in", "input", "machine"].iter().all(|key| worker.get(*key).is_none())
    };
    let name = |worker: &Value| worker.get("state").and_then(Value::as_str).map(str::to_owned);
    list.into_iter().flatten().filter(always).filter_map(name).collect()
}

/// Adds the Tasks of a machine that need answers.
fn plan(
    machine: &Machine<'_>,
    name: Option<&str>,
    setup: &Setup,
    scripted: &BTreeSet<String>,
    tasks: &mut Vec<TaskPlan>,
) {
    let flow = Flow::new(machine);
    for construct in constructs(name, machine.definition.unwrap_or(&Value::Null)) {
        let Some(state) = machine.state(&construct.state) else { continue };
        let is_task = construct.part == super::Part::State && state.kind() == "Task";
        if !is_task || scripted.contains(state.name) {
            continue;
        }
        // A nested execution of a machine that was given is started, not made up.
        let nested = ["Parameters", "Arguments"]
            .iter()
            .filter_map(|field| state.field(field)?.get("StateMachineArn")?.as_str())
            .filter_map(|arn| arn.rsplit(':').next())
            .any(|started| setup.machines.contains_key(started));
        if !nested {
            let mut task = TaskPlan::new(&flow, machine, state);
            task.machine = name.map(str::to_owned);
            tasks.push(task);
        }
    }
}
