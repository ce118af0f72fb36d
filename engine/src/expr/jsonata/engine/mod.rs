//! The library behind JSONata. Only this folder names it, so that another can take its place.

mod analysis;
mod division;
mod faults;
mod host;
mod input;
mod meter;
mod output;

use jlens_core::{Bindings, CancelToken, Expression, Options};
use serde_json::{Map, Value};

use self::input::{Document, Members};
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
    /// The expression, evaluated without a document.
    free: Expression,
    /// The expression with `$states` and the variables bound to parts of the document, unless it also
    /// reads the document itself, which must look undefined to it.
    bound: Option<Expression>,
    /// The variables it may read.
    variables: Vec<String>,
    /// The functions it names: a variable of such a name hides the function.
    functions: Vec<String>,
    /// Whether its result is certainly no function.
    never_a_function: bool,
    /// Whether it may draw random values.
    draws: bool,
    steps: u64,
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
    let divided = division::rewrite(source, root);
    let source = divided.as_deref().unwrap_or(source);
    let bound = if analysis::reads_document(&written, &references) {
        None
    } else {
        bind(source, &references, &variables)
    };
    let free = divided.as_deref().and_then(|source| Expression::compile(source).ok());
    Ok(Program {
        plain: analysis::plain_path(root),
        never_a_function: analysis::never_a_function(root),
        bound,
        draws: functions.iter().any(|name| matches!(name.as_str(), "random" | "uuid" | "shuffle")),
        steps: analysis::steps_max(root),
        variables,
        functions,
        references,
        free: free.unwrap_or(written),
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
        let hidden = self.functions.iter().any(|name| scope.variables.get(name).is_some());
        let result = match &self.bound {
            Some(bound) if !hidden => match self.run_in_place(bound, scope, seed) {
                Err(Fault::Steps | Fault::Memory) => self.run_metered(&self.free, scope, seed),
                // A function without its first argument took the document for it.
                Err(Fault::Thrown { code, .. }) if code == "T0411" => {
                    self.run_metered(&self.free, scope, seed)
                }
                other => other,
            },
            _ => self.run_metered(&self.free, scope, seed),
        };
        match result? {
            Some(value) => Ok(Outcome::Value(value)),
            None => self.absent(scope, seed),
        }
    }

    /// Nothing came out, or a function: the library does not say which, so we ask whether something is
    /// there, with the same random values.
    fn absent(&self, scope: &Scope<'_>, seed: u64) -> Result<Outcome, Fault> {
        if self.never_a_function {
            return Ok(Outcome::Nothing);
        }
        let source = format!("$exists(({}))", self.free.source());
        let Ok(asking) = Expression::compile(&source) else { return Ok(Outcome::Nothing) };
        Ok(match self.run_metered(&asking, scope, seed)? {
            Some(Value::Bool(true)) => Outcome::Function,
            _ => Outcome::Nothing,
        })
    }

    /// Runs the expression over the scope itself, within small bounds.
    fn run_in_place(
        &self,
        bound: &Expression,
        scope: &Scope<'_>,
        seed: u64,
    ) -> Result<Option<Value>, Fault> {
        let drawing = self.draws.then(|| host::drawing(seed));
        let functions = drawing.as_ref().unwrap_or(&host::FUNCTIONS);
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
        let functions = if self.draws { host::drawing(seed) } else { host::FUNCTIONS.clone() };
        let bindings = self.bindings(scope, functions);
        // Two levels more: the call and the block that may be around the expression.
        let extra = if std::ptr::eq(expression, &self.free) { 0 } else { 2 };
        let token = CancelToken::new();
        let options = options(scope, seed, limits::JSONATA_DEPTH_MAX + extra)
            .max_steps(self.steps)
            .max_string_length(limits::JSONATA_VALUE_BYTES_MAX)
            .max_array_length(limits::JSONATA_VALUE_BYTES_MAX / 8)
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
