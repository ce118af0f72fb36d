//! AWS's own functions, as the library calls them.

use std::sync::{Arc, LazyLock, Mutex};

use jlens_core::{Bindings, Error, HostFunction};
use serde_json::Value;

use super::arithmetic;
use crate::data::RandomStream;
use crate::expr::jsonata::functions::{self, Arguments, Refusal};

/// The functions that draw nothing, and stand-ins for the two that do.
pub(super) static FUNCTIONS: LazyLock<Bindings> = LazyLock::new(|| {
    Bindings::new()
        .function("parse", host("parse", 1, functions::parse))
        .function("partition", host("partition", 2, functions::partition))
        .function("range", host("range", 3, functions::range))
        .function("hash", host("hash", 2, functions::hash))
        .function("random", host("random", 1, |arguments| functions::random(arguments, || 0.0)))
        .function("uuid", host("uuid", 0, |arguments| functions::uuid(arguments, String::new)))
        .function(arithmetic::NAME, arithmetic::function())
        // AWS has no `$eval`; a call to it says what a call to any unknown function says (measured on
        // AWS by the floci project).
        .function("eval", HostFunction::new(1, |_, _| Err(Error::new("T1006"))).without_input())
});

/// The functions, with the two that draw fed by a stream of their own.
pub(super) fn drawing(seed: u64) -> Bindings {
    let stream = Arc::new(Mutex::new(RandomStream::new(seed, "jsonata")));
    let other = Arc::clone(&stream);
    let random = move |arguments: Arguments<'_>| {
        functions::random(arguments, || draw(&stream, RandomStream::unit_f64))
    };
    let uuid = move |arguments: Arguments<'_>| {
        functions::uuid(arguments, || draw(&other, RandomStream::uuid))
    };
    FUNCTIONS
        .clone()
        .function("random", host("random", 1, random))
        .function("uuid", host("uuid", 0, uuid))
}

/// The lock is never contended: it only makes the functions `Sync`, as the library asks.
fn draw<T>(stream: &Mutex<RandomStream>, next: impl FnOnce(&mut RandomStream) -> T) -> T {
    next(&mut stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn host(
    name: &'static str,
    arity: usize,
    function: impl Fn(Arguments<'_>) -> Result<Option<Value>, Refusal> + Send + Sync + 'static,
) -> HostFunction {
    HostFunction::new(arity, move |arguments, call| {
        // A function among the arguments reaches us as undefined.
        if let Some(index) = (0..arguments.len()).find(|index| call.function(*index).is_some()) {
            return Err(error(name, Refusal::Signature(index + 1)));
        }
        function(arguments).map_err(|refusal| error(name, refusal))
    })
    .without_input()
}

fn error(name: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Signature(index) => Error::new("T0410").with("token", name).with("index", index),
        Refusal::NoArray(index) => Error::new("T0412").with("token", name).with("index", index),
        Refusal::Message(message) => Error::new("D3137").with("message", message),
        Refusal::Memory => Error::new("U1001"),
    }
}
