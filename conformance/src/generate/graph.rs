//! Graphs of states: a machine, a branch, an item processor.
//!
//! States are made in order, and lead forward only (loops are a construct of their own), so that the shape of
//! every state's input is known when the state is made: it is what all transitions to it agree about.

use serde_json::{Map, Value};

use super::generator::Generator;
use super::shape::{Env, Shape};
use super::swarm::{StateType, Switch};

/// Where a graph stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// How many containers are around it.
    pub(super) depth: usize,
    /// Its number.
    pub(super) graph: usize,
    /// Whether it is, or stands in, a child of a Map Run.
    pub(super) child: bool,
}

/// What a state of a graph is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Plain(StateType),
    /// The three states of a loop, with the counter's name.
    LoopStart(&'static str),
    LoopBody(&'static str, StateType),
    LoopAgain(&'static str),
}

impl Role {
    const fn state_type(self) -> StateType {
        match self {
            Self::Plain(state) | Self::LoopBody(_, state) => state,
            Self::LoopStart(_) => StateType::Pass,
            Self::LoopAgain(_) => StateType::Choice,
        }
    }

    /// Whether a transition from anywhere may lead to it.
    const fn is_target(self) -> bool {
        matches!(self, Self::Plain(_) | Self::LoopStart(_))
    }
}

/// A graph.
pub(super) struct Graph {
    pub(super) start: String,
    pub(super) states: Map<String, Value>,
    /// What it ends with, when it does not fail.
    pub(super) output: Shape,
}

/// A state about to be made, and what surrounds it.
pub(super) struct Site<'s> {
    pub(super) name: &'s str,
    pub(super) place: &'s Place,
    pub(super) env: &'s Env,
    pub(super) jsonata: bool,
    /// The state before it.
    pub(super) before: Option<&'s str>,
    /// The states after it.
    pub(super) later: &'s [String],
    /// Places in `later` that any transition may lead to: not into a loop.
    pub(super) targets: &'s [usize],
    /// Whether the next state can already be reached.
    pub(super) next_reached: bool,
    /// States that only this one, a Choice, leads to: places in `later`.
    pub(super) must_reach: &'s [usize],
}

/// A state that was made.
pub(super) struct Made {
    pub(super) fields: Map<String, Value>,
    /// Where it leads, as places in `later`, and with what.
    pub(super) exits: Vec<(usize, Env)>,
    /// The graph's output, when it may end here.
    pub(super) output: Option<Shape>,
}

impl Generator<'_, '_, '_> {
    /// A graph of at most so many states.
    pub(super) fn graph(&mut self, env: Env, place: &Place, states_max: usize) -> Graph {
        let (roles, must_reach) = self.plan(place, states_max);
        let names: Vec<String> = roles.iter().map(|role| self.name(role.state_type())).collect();
        let mut entries: Vec<Option<Env>> = vec![None; roles.len()];
        entries[0] = Some(env);
        let mut states = Map::with_capacity(roles.len());
        let mut targets = Vec::with_capacity(roles.len());
        let mut output: Option<Shape> = None;
        for (index, role) in roles.iter().enumerate() {
            let Some(env) = entries[index].take() else { continue };
            let later = &roles[index + 1..];
            targets.clear();
            targets.extend((0..later.len()).filter(|to| later[*to].is_target()));
            let site = Site {
                name: &names[index],
                place,
                env: &env,
                jsonata: self.state_language(),
                before: index.checked_sub(1).map(|before| names[before].as_str()),
                later: &names[index + 1..],
                targets: &targets,
                next_reached: entries.get(index + 1).is_some_and(Option::is_some),
                must_reach: &must_reach[index],
            };
            let made = self.state(*role, &site);
            states.insert(names[index].clone(), Value::Object(made.fields));
            for (to, env) in made.exits {
                let entry = &mut entries[index + 1 + to];
                *entry = Some(entry.as_ref().map_or_else(|| env.clone(), |other| other.meet(&env)));
            }
            if let Some(shape) = made.output {
                output = Some(output.as_ref().map_or_else(|| shape.clone(), |o| o.meet(&shape)));
            }
        }
        let start = names.into_iter().next().unwrap_or_default();
        Graph { start, states, output: output.unwrap_or(Shape::Any) }
    }

    /// What a graph's states are, and which states only a Choice leads to.
    fn plan(&mut self, place: &Place, states_max: usize) -> (Vec<Role>, Vec<Vec<usize>>) {
        // Two draws: the larger is not often small.
        let drawn = self.draw.below(states_max).max(self.draw.below(states_max));
        let count = (1 + drawn).min(self.states_left.max(1));
        self.states_left = self.states_left.saturating_sub(count);
        let mut roles = Vec::with_capacity(count);
        let mut must_reach = vec![Vec::new(); count];
        let mut choice = None;
        while roles.len() < count {
            let index = roles.len();
            if count - index > 3
                && let Some(counter) = self.loop_counter()
            {
                let body = self.loop_body_type();
                roles.extend([Role::LoopStart(counter), Role::LoopBody(counter, body)]);
                roles.push(Role::LoopAgain(counter));
                continue;
            }
            let last = index + 1 == count;
            let mut state = self.state_type(place, last, choice.is_some());
            if let (StateType::Succeed | StateType::Fail, false, Some(at)) = (state, last, choice) {
                // What comes after the end of one way must be on another way.
                let must: &mut Vec<usize> = &mut must_reach[at];
                must.push(index - at);
            } else if matches!(state, StateType::Succeed | StateType::Fail) && !last {
                state = StateType::Pass;
            }
            if state == StateType::Choice {
                choice = Some(index);
            }
            roles.push(Role::Plain(state));
        }
        (roles, must_reach)
    }

    fn state_type(&mut self, place: &Place, last: bool, after_choice: bool) -> StateType {
        let deep = place.depth >= self.swarm.depth_max || self.states_left == 0;
        let weights = StateType::ALL.map(|state| {
            let weight = self.swarm.weights.get(&state).copied().unwrap_or(0);
            let possible = match state {
                StateType::Choice => !last,
                StateType::Succeed | StateType::Fail => last || after_choice,
                StateType::Parallel | StateType::Map => !deep,
                _ => true,
            };
            (state, if possible { weight } else { 0 })
        });
        self.draw.weighted(&weights).unwrap_or(StateType::Pass)
    }

    /// A name nobody has yet.
    fn name(&mut self, state: StateType) -> String {
        self.states += 1;
        let blank = if self.draw.chance(1, 32) { " №" } else { "" };
        format!("{}{blank}{}", state.name(), self.states)
    }

    /// Makes a state.
    fn state(&mut self, role: Role, site: &Site<'_>) -> Made {
        let mut fields = Map::new();
        fields.insert("Type".into(), role.state_type().name().into());
        if self.chance(Switch::Comments, 1, 64) {
            fields.insert("Comment".into(), self.text().into());
        }
        if site.jsonata && !self.jsonata {
            fields.insert("QueryLanguage".into(), "JSONata".into());
        }
        let state = match role {
            Role::Plain(state) => state,
            Role::LoopStart(counter) => return self.loop_start(site, fields, counter),
            Role::LoopBody(counter, _) => return self.loop_body(site, fields, counter),
            Role::LoopAgain(counter) => return self.loop_again(site, fields, counter),
        };
        match state {
            StateType::Pass => self.pass(site, fields),
            StateType::Task => self.task(site, fields),
            StateType::Choice => self.choice(site, fields),
            StateType::Wait => self.wait(site, fields),
            StateType::Succeed => self.succeed(site, fields),
            StateType::Fail => self.fail(site, fields),
            StateType::Parallel => self.parallel(site, fields),
            StateType::Map => self.map(site, fields),
        }
    }

    /// `Next` or `End`, after everything else a state has.
    pub(super) fn go_on(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
        after: Env,
        mut exits: Vec<(usize, Env)>,
    ) -> Made {
        let free = site.next_reached || exits.iter().any(|(to, _)| *to == 0);
        let next = match site.later.len() {
            0 => None,
            _ if !free || self.draw.chance(5, 8) => Some(0),
            _ => site.targets.get(self.draw.below(site.targets.len() + 1)).copied(),
        };
        match next {
            Some(next) => {
                fields.insert("Next".into(), site.later[next].as_str().into());
                exits.push((next, after));
                Made { fields, exits, output: None }
            }
            None => {
                fields.insert("End".into(), true.into());
                Made { fields, exits, output: Some(after.input) }
            }
        }
    }
}
