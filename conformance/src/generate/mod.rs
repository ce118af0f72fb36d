//! Random cases: definitions with their inputs, their worlds and what goes wrong, valid by construction.
//!
//! One grammar over [`arbitrary::Unstructured`] serves them all: a seed gives the bytes for [`from_seed`],
//! proptest for [`strategy`], libFuzzer for [`case`]. Fewer bytes give a smaller case. One construct family a file;
//! [`Swarm`] says which of them a case is made of.

mod assign;
mod choice;
mod data;
mod distributed;
pub(crate) mod draw;
mod flow;
mod generator;
mod graph;
mod intrinsic;
mod invalid;
mod jsonata;
mod jsonata_call;
mod jsonata_expression;
mod jsonpath;
mod looping;
mod manifest;
mod map;
mod nested;
mod parallel;
mod pass;
mod retry;
mod shape;
mod swarm;
mod task;
mod timeout;
mod wait;
mod world;

use arbitrary::Unstructured;
use proptest::prelude::{Strategy, any};
use stepclock_engine::data::RandomStream;

pub use swarm::{StateType, Swarm, Switch};

use crate::case::Case;
use crate::coverage::constructs;
use generator::Generator;

/// Bytes a seed is stretched to: most cases use a quarter of them, and the few that use all end sooner.
const BYTES: usize = 4_096;

/// Draws a case within a swarm configuration.
///
/// # Errors
/// None today: when the bytes are used up, every choice is the simplest one.
pub fn case(u: &mut Unstructured<'_>, swarm: &Swarm) -> arbitrary::Result<Case> {
    let mut case = Generator::new(u, swarm).case();
    case.features = constructs(&case).into_iter().map(str::to_owned).collect();
    Ok(case)
}

/// Draws a definition that must be refused: a valid one with one mistake, which `rule` names.
///
/// # Errors
/// None today, as of [`case`].
pub fn invalid(u: &mut Unstructured<'_>, swarm: &Swarm) -> arbitrary::Result<Case> {
    Ok(Generator::new(u, swarm).invalid())
}

/// The invalid definition of a seed.
#[must_use]
pub fn invalid_from_seed(seed: u64) -> Case {
    let bytes = bytes(seed, BYTES);
    let mut u = Unstructured::new(&bytes);
    let swarm = Swarm::draw(&mut u).unwrap_or_default();
    let mut case = invalid(&mut u, &swarm).unwrap_or_default();
    case.id = format!("invalid/{seed}");
    case
}

/// The case of a seed: the same one on every platform, within a version.
#[must_use]
pub fn from_seed(seed: u64) -> Case {
    let mut case = from_bytes(&bytes(seed, BYTES));
    case.id = format!("random/{seed}");
    case.seed = Some(seed);
    case
}

/// The swarm configuration that the case of a seed is drawn from.
#[must_use]
pub fn swarm_of_seed(seed: u64) -> Swarm {
    Swarm::draw(&mut Unstructured::new(&bytes(seed, BYTES))).unwrap_or_default()
}

/// The case of some bytes, its swarm configuration included.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Case {
    let mut u = Unstructured::new(bytes);
    let swarm = Swarm::draw(&mut u).unwrap_or_default();
    case(&mut u, &swarm).unwrap_or_default()
}

/// Cases for proptest. They shrink by having fewer bytes, which makes them simpler.
pub fn strategy() -> impl Strategy<Value = Case> {
    (any::<u64>().no_shrink(), 0..=BYTES).prop_map(|(seed, length)| {
        let mut case = from_bytes(&bytes(seed, length));
        case.id = format!("random/{seed}-{length}");
        case.seed = Some(seed);
        case
    })
}

fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut stream = RandomStream::new(seed, "case");
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&stream.next_u64().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
