//! The functions by name, how many arguments each takes, and where each is.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{Arguments, Fault, array, json, math, text};
use crate::expr::Scope;

/// An intrinsic function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the functions of the language")]
pub enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

/// Most arguments a call may have where the language sets no number; our own guard.
const ARGUMENTS_MAX: usize = 1_000;

impl Function {
    /// Every function.
    pub const ALL: [Self; 18] = [
        Self::Format,
        Self::StringToJson,
        Self::JsonToString,
        Self::Array,
        Self::ArrayPartition,
        Self::ArrayContains,
        Self::ArrayRange,
        Self::ArrayGetItem,
        Self::ArrayLength,
        Self::ArrayUnique,
        Self::Base64Encode,
        Self::Base64Decode,
        Self::Hash,
        Self::JsonMerge,
        Self::MathRandom,
        Self::MathAdd,
        Self::StringSplit,
        Self::Uuid,
    ];

    /// As written in a definition: `States.Format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "States.Format",
            Self::StringToJson => "States.StringToJson",
            Self::JsonToString => "States.JsonToString",
            Self::Array => "States.Array",
            Self::ArrayPartition => "States.ArrayPartition",
            Self::ArrayContains => "States.ArrayContains",
            Self::ArrayRange => "States.ArrayRange",
            Self::ArrayGetItem => "States.ArrayGetItem",
            Self::ArrayLength => "States.ArrayLength",
            Self::ArrayUnique => "States.ArrayUnique",
            Self::Base64Encode => "States.Base64Encode",
            Self::Base64Decode => "States.Base64Decode",
            Self::Hash => "States.Hash",
            Self::JsonMerge => "States.JsonMerge",
            Self::MathRandom => "States.MathRandom",
            Self::MathAdd => "States.MathAdd",
            Self::StringSplit => "States.StringSplit",
            Self::Uuid => "States.UUID",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// How many arguments it takes.
    pub(super) const fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::Format => 1..=ARGUMENTS_MAX,
            Self::Array => 0..=ARGUMENTS_MAX,
            Self::Uuid => 0..=0,
            Self::StringToJson
            | Self::JsonToString
            | Self::ArrayLength
            | Self::ArrayUnique
            | Self::Base64Encode
            | Self::Base64Decode => 1..=1,
            Self::ArrayPartition
            | Self::ArrayContains
            | Self::ArrayGetItem
            | Self::Hash
            | Self::MathAdd
            | Self::StringSplit => 2..=2,
            Self::MathRandom => 2..=3,
            Self::ArrayRange | Self::JsonMerge => 3..=3,
        }
    }
}

/// Calls a function with as many arguments as it takes.
pub(super) fn call(
    function: Function,
    arguments: &Arguments<'_, '_>,
    scope: &Scope<'_>,
) -> Result<Value, Fault> {
    match function {
        Function::Format => text::format(arguments),
        Function::StringToJson => json::string_to_json(arguments),
        Function::JsonToString => Ok(arguments.value(0).to_string().into()),
        Function::Base64Encode => text::base64_encode(arguments),
        Function::Base64Decode => text::base64_decode(arguments),
        Function::Hash => text::hash(arguments),
        Function::StringSplit => text::split(arguments),
        Function::JsonMerge => json::merge(arguments),
        Function::Array => {
            Ok(arguments.values.iter().map(|value| value.clone().into_owned()).collect())
        }
        Function::ArrayPartition => array::partition(arguments),
        Function::ArrayContains => array::contains(arguments),
        Function::ArrayRange => array::range(arguments),
        Function::ArrayGetItem => array::get_item(arguments),
        Function::ArrayLength => arguments.array(0).map(|items| items.len().into()),
        Function::ArrayUnique => array::unique(arguments),
        Function::MathRandom => math::random(arguments, scope),
        Function::MathAdd => math::add(arguments),
        Function::Uuid => Ok(scope.random.borrow_mut().uuid().into()),
    }
}
