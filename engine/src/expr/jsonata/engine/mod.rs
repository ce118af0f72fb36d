//! The library behind JSONata. Only this folder names it, so that another can take its place.

mod analysis;
mod arithmetic;
mod faults;
mod host;
mod input;
mod matching;
mod meter;
mod output;
mod rewrite;

use std::sync::OnceLock;

use jlens_core::{Bindings, CancelToken, Expression, Options};
use serde_json::{Map, Value};

use self::analysis::Bounds;
use self::input::{Document, Members};
use self::matching::Pattern;
use self::meter::Meter;
use self::output::JsonBuilder;
use super::errors::Fault;
use super::plain_path::PlainPath;
use super::{JsonataSyntaxError, Outcome, References, numbers};
use crate::expr::Scope;
use crate::limits;

/// A compiled expression. Immutable, and shared between threads.
#[derive(Debug)]
pub(super) struct Program {
    /// What it refers to.
    pub(super) references: References,
    plain: Option<PlainPath>,
    /// The expression as written.
    written: Expression,
    /// The expression with calls to functions of ours, if it has any.
    rewritten: Option<Expression>,
    /// The regular expressions those functions use.
    patterns: Vec<Pattern>,
    /// The expression with `$states` and the variables bound to parts of the document, unless it also
    /// reads the document itself, which must look undefined to it. Made when it is first needed: paths never do.
    bound: OnceLock<Option<Expression>>,
    /// The variables it may read.
    variables: Vec<String>,
    /// The functions it names: a variable of such a name hides the function.
    functions: Vec<String>,
    /// Whether its result is certainly no function.
    never_a_function: bool,
    /// Whether it may draw random values.
    draws: bool,
    /// What an evaluation may cost.
    bounds: Bounds,
}

/// Compiles an expression.
pub(super) fn compile(source: &str) -> Result<Program, JsonataSyntaxError> {
    let written = Expression::compile(source).map_err(|error| faults::syntax_error(&error))?;
    let root = &written.ast().root;
    if let Some(error) = analysis::newer_operator(root) {
        return Err(error);
    }
    let references = analysis::references(root);
    let functions = analysis::function_names(root);
    let variables: Vec<_> = references.variables.iter().cloned().collect();
    let own = rewrite::rewrite(source, root);
    let rewritten = own.source.as_deref().and_then(|source| Expression::compile(source).ok());
    Ok(Program {
        plain: analysis::plain_path(root),
        never_a_function: analysis::never_a_function(root),
        bound: OnceLock::new(),
        draws: functions.iter().any(|name| matches!(name.as_str(), "random" | "uuid" | "shuffle")),
        bounds: analysis::bounds(rewritten.as_ref().map_or(root, |own| &own.ast().root)),
        patterns: own.patterns,
        variables,
        functions,
        references,
        rewritten,
        written,
    })
}

/// Wraps the expression so that it takes its variables from the document.
fn bind(source: &str, references: &References, variables: &[String]) -> Option<Expression> {
    let mut wrapped = String::with_capacity(source.len() + 64);
    wrapped.push('(');
    if references.whole_states || !references.states_fields.is_empty() {
        wrapped.push_str("$states:=$$.");
        wrapped.push_str(input::STATES_FIELD);
        wrapped.push(';');
    }
    for (index, name) in variables.iter().enumerate() {
        wrapped.push_str(&format!("${name}:=$$.{};", input::variable_field(index)));
    }
    wrapped.push_str(source);
    wrapped.push(')');
    Expression::compile(&wrapped).ok()
}

impl Program {
    /// Evaluates the expression.
    ///
    /// First in place and within small bounds, which nearly every expression keeps; one that needs more
    /// runs again over copies of what it reads, with every value metered. Both take the same random values.
    pub(super) fn evaluate(&self, scope: &Scope<'_>) -> Result<Outcome, Fault> {
        if let Some(outcome) = self.plain.as_ref().and_then(|path| path.find(scope)) {
            return Ok(outcome);
        }
        let seed = if self.draws { scope.random.borrow_mut().next_u64() } else { 0 };
        let result = self.run(scope, seed);
        match result? {
            Some(value) => Ok(Outcome::Value(value)),
            None => self.absent(scope, seed),
        }
    }

    fn run(&self, scope: &Scope<'_>, seed: u64) -> Result<Option<Value>, Fault> {
        // A variable with the name of a function takes its place, also in what was rewritten.
        if self.functions.iter().any(|name| scope.variables.get(name).is_some()) {
            return self.run_metered(&self.written, scope, seed);
        }
        if let Some(bound) = self.bound() {
            match self.run_in_place(bound, scope, seed) {
                // Too small a bound, or a function without its first argument took the document for it.
                Err(Fault::Steps | Fault::Memory) => {}
                Err(Fault::Thrown { code, .. }) if code == "T0411" || self.is_unable(&code) => {}
                other => return other,
            }
        }
        let own = self.rewritten.as_ref().unwrap_or(&self.written);
        match self.run_metered(own, scope, seed) {
            Err(Fault::Thrown { code, .. }) if self.is_unable(&code) => {
                self.run_metered(&self.written, scope, seed)
            }
            other => other,
        }
    }

    fn bound(&self) -> Option<&Expression> {
        let bound = self.bound.get_or_init(|| {
            if analysis::reads_document(&self.written, &self.references) {
                return None;
            }
            let source = self.rewritten.as_ref().unwrap_or(&self.written).source();
            bind(source, &self.references, &self.variables)
        });
        bound.as_ref()
    }

    /// Whether an error may be due to a function of ours that takes a regular expression's place: it cannot
    /// give all the library can, and its signature sees an object.
    fn is_unable(&self, code: &str) -> bool {
        !self.patterns.is_empty() && (code == matching::UNABLE || code == "T0410")
    }

    /// Nothing came out, or a function: the library does not say which, so we ask whether something is
    /// there, with the same random values.
    fn absent(&self, scope: &Scope<'_>, seed: u64) -> Result<Outcome, Fault> {
        if self.never_a_function {
            return Ok(Outcome::Nothing);
        }
        let source = format!("$exists(({}))", self.written.source());
        let Ok(asking) = Expression::compile(&source) else { return Ok(Outcome::Nothing) };
        Ok(match self.run_metered(&asking, scope, seed)? {
            Some(Value::Bool(true)) => Outcome::Function,
            _ => Outcome::Nothing,
        })
    }

    /// The functions of one evaluation, if it needs any but those that every evaluation has.
    fn functions(&self, seed: u64, regex_steps: u64) -> Option<Bindings> {
        let drawing = self.draws.then(|| host::drawing(seed));
        if self.patterns.is_empty() {
            return drawing;
        }
        let functions = drawing.unwrap_or_else(|| host::FUNCTIONS.clone());
        Some(matching::add(functions, &self.patterns, regex_steps))
    }

    /// Runs the expression over the scope itself, within small bounds.
    fn run_in_place(
        &self,
        bound: &Expression,
        scope: &Scope<'_>,
        seed: u64,
    ) -> Result<Option<Value>, Fault> {
        let own = self.functions(seed, limits::JSONATA_MATCHER_STEPS_MAX / 10);
        let functions = own.as_ref().unwrap_or(&host::FUNCTIONS);
        // One level more: the block around the expression.
        let options = options(scope, seed, limits::JSONATA_DEPTH_MAX + 1)
            .max_steps(limits::JSONATA_UNMETERED_STEPS_MAX)
            .max_string_length(limits::JSONATA_UNMETERED_VALUE_BYTES_MAX)
            .max_array_length(limits::JSONATA_UNMETERED_VALUE_BYTES_MAX / 16);
        let members = Members::new(*scope, &self.variables);
        let mut builder = JsonBuilder::new(members.clone(), limits::JSONATA_VALUE_BYTES_MAX);
        let written = bound
            .evaluate_source_to(&Document(members), functions, &options, |output| {
                output.write(&mut builder)
            })
            .map_err(|error| faults::fault(&error))?;
        if builder.exhausted { Err(Fault::Memory) } else { Ok(written) }
    }

    /// Runs the expression, or one made of it, without a document and metered.
    fn run_metered(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
        seed: u64,
    ) -> Result<Option<Value>, Fault> {
        let functions = self.functions(seed, limits::JSONATA_MATCHER_STEPS_MAX);
        let functions = functions.unwrap_or_else(|| host::FUNCTIONS.clone());
        let bindings = self.bindings(scope, functions);
        // Two levels more: the call and the block that may be around the expression.
        let same = [Some(&self.written), self.rewritten.as_ref()];
        let same = same.into_iter().flatten().any(|own| std::ptr::eq(own, expression));
        let extra = if same { 0 } else { 2 };
        let token = CancelToken::new();
        let options = options(scope, seed, limits::JSONATA_DEPTH_MAX + extra)
            .max_steps(self.bounds.steps)
            .max_string_length(limits::JSONATA_VALUE_BYTES_MAX)
            .max_array_length(self.bounds.items)
            .cancel_token(token.clone());
        let mut meter = Meter::new(&expression.ast().root, token);
        let result = expression.evaluate_traced(None, &bindings, &options, &mut meter);
        if let Some(fault) = meter.fault {
            return Err(fault);
        }
        match result.map_err(|error| faults::fault(&error))? {
            None => Ok(None),
            Some(value) => numbers::copy_within(&value, &mut { limits::JSONATA_VALUE_BYTES_MAX })
                .map(Some)
                .ok_or(Fault::Memory),
        }
    }

    /// Copies of what the expression may read.
    fn bindings(&self, scope: &Scope<'_>, functions: Bindings) -> Bindings {
        let mut bindings = functions;
        for name in self.variables.iter().chain(&self.functions) {
            if let Some(value) = scope.variables.get(name) {
                bindings = bindings.var(name.as_str(), value.clone());
            }
        }
        let members = Members::new(*scope, &[]);
        let read = members.states().filter(|(name, _)| self.references.reads_states_field(name));
        let states: Map<_, _> =
            read.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        bindings.var("states", states)
    }
}

fn options(scope: &Scope<'_>, seed: u64, depth: usize) -> Options {
    Options::new()
        .max_depth(depth)
        .max_result_size(limits::JSONATA_VALUE_BYTES_MAX)
        .now(scope.now.as_millis())
        .seed(seed)
}
