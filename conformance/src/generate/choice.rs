//! Choice states: all operators, combinations, and JSONata conditions.

use serde_json::{Map, Value, json};

use super::data::TIMES;
use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::{MISSING, Reads};
use super::pass::braced;
use super::shape::{Env, Want};
use super::swarm::Switch;

/// Relations of strings, numbers and timestamps.
const RELATIONS: &[&str] =
    &["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"];

const TYPE_TESTS: &[&str] =
    &["IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"];

const PATTERNS: &[&str] = &["*", "a*", "*b", "a\\*b", "a*c", "", "a\\\\b", "**"];

impl Generator<'_, '_, '_> {
    pub(super) fn choice(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let input = match site.jsonata {
            true => site.env.input.clone(),
            false => self.input_path(site, &mut fields),
        };
        let reads = Reads::of(site.env).with_input(&input);
        // What flows along `Default`.
        let mut default = site.env.with_input(input.clone());
        self.assign(site, &reads, &mut fields, &mut default);
        default.input = match site.jsonata {
            true => self.jsonata_output(&reads, input.clone(), &mut fields),
            false => self.output_path(site, input.clone(), &mut fields),
        };
        let mut targets: Vec<usize> = site.must_reach.iter().map(|to| to - 1).collect();
        if !site.next_reached && !targets.contains(&0) {
            targets.push(0);
        }
        let has_default = self.draw.chance(15, 16);
        let default_to = match has_default {
            true => Some(targets.pop().unwrap_or_else(|| self.draw.pick(site.targets))),
            false => None,
        };
        let further = self.draw.few(3);
        for _ in 0..further.max(usize::from(targets.is_empty())) {
            targets.push(self.draw.pick(site.targets));
        }
        let mut exits = Vec::with_capacity(targets.len() + 1);
        let mut choices = Vec::with_capacity(targets.len());
        for to in targets {
            let (rule, env) = self.choice_rule(site, &reads, &default, to);
            choices.push(rule);
            exits.push((to, env));
        }
        fields.insert("Choices".into(), Value::Array(choices));
        if let Some(to) = default_to {
            fields.insert("Default".into(), site.later[to].as_str().into());
            exits.push((to, default));
        }
        Made { fields, exits, output: None }
    }

    /// A rule, and what flows along it.
    fn choice_rule(
        &mut self,
        site: &Site<'_>,
        reads: &Reads<'_>,
        default: &Env,
        to: usize,
    ) -> (Value, Env) {
        // A rule that matches brings its own `Assign` and `Output`; the state's belong to `Default`.
        let mut env = match site.jsonata {
            true => site.env.clone(),
            false => site.env.with_input(default.input.clone()),
        };
        let mut rule = if site.jsonata {
            let (expression, _) = self.jsonata(reads, Want::Bool, 0);
            let condition = match self.draw.chance(1, 32) {
                true => true.into(),
                false => braced(&expression),
            };
            Map::from_iter([("Condition".to_owned(), condition)])
        } else {
            self.test(reads, 0)
        };
        rule.insert("Next".into(), site.later[to].as_str().into());
        if self.chance(Switch::Variables, 1, 2) {
            self.assign(site, reads, &mut rule, &mut env);
        }
        if site.jsonata && self.draw.chance(1, 8) {
            env.input = self.jsonata_output(reads, env.input.clone(), &mut rule);
        }
        (Value::Object(rule), env)
    }

    /// A test: a comparison, or a combination of tests.
    fn test(&mut self, reads: &Reads<'_>, depth: usize) -> Map<String, Value> {
        let combined = if depth < 2 { self.draw.below(12) } else { 0 };
        let mut test = Map::new();
        match combined {
            11 => {
                test.insert("Not".into(), Value::Object(self.test(reads, depth + 1)));
            }
            9 | 10 => {
                let name = if combined == 9 { "And" } else { "Or" };
                let count = 1 + self.draw.below(3);
                let tests = (0..count).map(|_| Value::Object(self.test(reads, depth + 1)));
                test.insert(name.into(), tests.collect());
            }
            _ => self.comparison(reads, &mut test),
        }
        test
    }

    fn comparison(&mut self, reads: &Reads<'_>, test: &mut Map<String, Value>) {
        let types = [
            (Want::Number, "Numeric"),
            (Want::Text, "String"),
            (Want::Bool, "Boolean"),
            (Want::Time, "Timestamp"),
            (Want::Any, "Is"),
        ];
        let mut kind = self.draw.below(types.len());
        let (mut want, mut name) = types[kind];
        let mut variable = self.path(reads, want);
        if variable.is_none() {
            // There is nothing of this type to compare: ask what there is.
            kind = 4;
            (want, name) = types[kind];
            variable = self.path(reads, want);
        }
        let mut variable = variable.map_or_else(|| "$".to_owned(), |(path, _)| path);
        let (operator, operand) = match kind {
            4 => {
                let operator = self.draw.pick(TYPE_TESTS);
                if operator == "IsPresent" && self.draw.chance(1, 2) {
                    variable = MISSING.to_owned();
                } else if matches!(operator, "IsPresent" | "IsNull")
                    && self.draw.chance(1, 2)
                    && let Some((path, _)) = self.path(reads, Want::Null)
                {
                    variable = path;
                }
                (operator.to_owned(), json!(!self.draw.chance(1, 4)))
            }
            2 => self.operand(reads, want, "BooleanEquals".to_owned()),
            1 if self.draw.chance(1, 4) => {
                ("StringMatches".to_owned(), json!(self.draw.pick(PATTERNS)))
            }
            _ => {
                let relation = self.draw.pick(RELATIONS);
                self.operand(reads, want, format!("{name}{relation}"))
            }
        };
        test.insert("Variable".into(), variable.into());
        test.insert(operator, operand);
    }

    fn operand(&mut self, reads: &Reads<'_>, want: Want, operator: String) -> (String, Value) {
        if self.draw.chance(3, 8)
            && let Some((path, _)) = self.path(reads, want)
        {
            return (operator + "Path", path.into());
        }
        let operand = match want {
            Want::Text => self.text().into(),
            Want::Bool => (self.draw.below(2) == 0).into(),
            Want::Time => (self.draw.pick(TIMES)).into(),
            _ => self.small_int().into(),
        };
        (operator, operand)
    }
}
