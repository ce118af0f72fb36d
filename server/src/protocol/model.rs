//! The operations of AWS Step Functions and the shapes of what they take and give, from the table that
//! `model/generate.py` draws from the public service model.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

/// Names a shape of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeId(usize);

/// The whole model.
#[derive(Debug)]
pub struct Model {
    /// What `X-Amz-Target` begins with.
    pub target_prefix: String,
    /// The version of botocore that the table was drawn from.
    pub botocore: String,
    operations: IndexMap<String, Operation>,
    shapes: Vec<Shape>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The shape of a request.
    pub input: ShapeId,
    /// The shape of an answer.
    pub output: Option<ShapeId>,
    /// The errors that the model states.
    pub errors: Vec<String>,
    /// What SDKs put before the host name.
    pub host_prefix: Option<String>,
}

/// A shape: a type with its constraints.
#[derive(Debug)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Whether AWS leaves the value out of what it says about it.
    pub sensitive: bool,
}

/// The types.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    String {
        /// How long it may be.
        length: Bounds,
        /// The length is that of the UTF-8 text, not the number of characters.
        in_bytes: bool,
        /// A regular expression that the whole text must match.
        pattern: Option<String>,
        /// The values there are; empty when it is no enum.
        values: Vec<String>,
    },
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer(Bounds),
    /// A whole number of 64 bits.
    Long(Bounds),
    /// A number.
    Float(Bounds),
    /// A number of 64 bits.
    Double(Bounds),
    /// A moment: seconds since 1970 with a fraction.
    Timestamp,
    /// Named members.
    Structure {
        /// Their shapes by name.
        members: IndexMap<String, Member>,
    },
    /// A sequence.
    List {
        /// The shape of its elements.
        element: ShapeId,
        /// How many there may be.
        length: Bounds,
    },
    /// Keys and values.
    Map {
        /// The shape of the values.
        value: ShapeId,
    },
}

/// A member of a structure.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its shape.
    pub shape: ShapeId,
    /// Whether it must be there.
    pub required: bool,
}

/// From … to, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    /// Not less.
    pub min: Option<u32>,
    /// Not more.
    pub max: Option<u32>,
}

impl Model {
    /// An operation by its name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// All operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// A shape.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0]
    }
}

/// The model of the service that we are.
#[must_use]
pub fn model() -> &'static Model {
    static MODEL: LazyLock<Model> = LazyLock::new(|| {
        let table: Table = serde_json::from_str(include_str!("../../model/stepfunctions.json"))
            .expect("the table in the repository is well-formed; a test reads it");
        table.resolve()
    });
    &MODEL
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    botocore: String,
    target_prefix: String,
    operations: IndexMap<String, OperationEntry>,
    shapes: IndexMap<String, ShapeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationEntry {
    input: String,
    output: Option<String>,
    errors: Vec<String>,
    host_prefix: Option<String>,
}

#[derive(Deserialize)]
struct ShapeEntry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: IndexMap<String, String>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<String>,
    value: Option<String>,
    min: Option<u32>,
    max: Option<u32>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    #[serde(default)]
    sensitive: bool,
    unit: Option<String>,
}

impl Table {
    fn resolve(self) -> Model {
        let id = |name: &String| {
            ShapeId(self.shapes.get_index_of(name).unwrap_or_else(|| panic!("no shape {name}")))
        };
        let operation = |(name, entry): (&String, &OperationEntry)| {
            let operation = Operation {
                name: name.clone(),
                input: id(&entry.input),
                output: entry.output.as_ref().map(id),
                errors: entry.errors.clone(),
                host_prefix: entry.host_prefix.clone(),
            };
            (name.clone(), operation)
        };
        Model {
            operations: self.operations.iter().map(operation).collect(),
            shapes: self.shapes.iter().map(|(name, entry)| entry.resolve(name, &id)).collect(),
            target_prefix: self.target_prefix,
            botocore: self.botocore,
        }
    }
}

impl ShapeEntry {
    fn resolve(&self, name: &str, id: &impl Fn(&String) -> ShapeId) -> Shape {
        let bounds = Bounds { min: self.min, max: self.max };
        let of = |named: &Option<String>| id(named.as_ref().expect("lists and maps name a shape"));
        let kind = match &*self.kind {
            "string" => Kind::String {
                length: bounds,
                in_bytes: self.unit.as_deref() == Some("bytes"),
                pattern: self.pattern.clone(),
                values: self.values.clone(),
            },
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer(bounds),
            "long" => Kind::Long(bounds),
            "float" => Kind::Float(bounds),
            "double" => Kind::Double(bounds),
            "timestamp" => Kind::Timestamp,
            "list" => Kind::List { element: of(&self.member), length: bounds },
            "map" => Kind::Map { value: of(&self.value) },
            "structure" => {
                let member = |(name, shape): (&String, &String)| {
                    let required = self.required.contains(name);
                    (name.clone(), Member { shape: id(shape), required })
                };
                Kind::Structure { members: self.members.iter().map(member).collect() }
            }
            other => panic!("shape {name} has the unknown type {other}"),
        };
        Shape { name: name.to_owned(), kind, sensitive: self.sensitive }
    }
}
