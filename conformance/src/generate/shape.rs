//! What is known of a value before it exists: enough to draw paths that lead somewhere, of the type a field needs.

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing is known.
    Any,
    Null,
    Bool,
    /// A whole number, not negative.
    Int,
    /// Any number.
    Number,
    Text,
    /// A text that is a timestamp.
    Time,
    /// A text that is JSON.
    Json,
    /// Items of one shape, at least so many.
    List(Box<Shape>, usize),
    Object(Vec<(&'static str, Shape)>),
}

/// What a field needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Any,
    Null,
    Scalar,
    Bool,
    Int,
    Number,
    Text,
    Time,
    Json,
    List,
    Ints,
    Objects,
    Object,
}

impl Want {
    /// Whether a value of the shape will do.
    pub(super) fn takes(self, shape: &Shape) -> bool {
        match self {
            Self::Any => true,
            Self::Null => *shape == Shape::Null,
            Self::Scalar => matches!(
                shape,
                Shape::Null
                    | Shape::Bool
                    | Shape::Int
                    | Shape::Number
                    | Shape::Text
                    | Shape::Time
                    | Shape::Json
            ),
            Self::Bool => *shape == Shape::Bool,
            Self::Int => *shape == Shape::Int,
            Self::Number => matches!(shape, Shape::Int | Shape::Number),
            Self::Text => matches!(shape, Shape::Text | Shape::Time | Shape::Json),
            Self::Time => *shape == Shape::Time,
            Self::Json => *shape == Shape::Json,
            Self::List => matches!(shape, Shape::List(..)),
            Self::Ints => matches!(shape, Shape::List(item, _) if **item == Shape::Int),
            Self::Objects => {
                matches!(shape, Shape::List(item, _) if matches!(**item, Shape::Object(_)))
            }
            Self::Object => matches!(shape, Shape::Object(_)),
        }
    }
}

impl Shape {
    pub(super) fn list(item: Self, length: usize) -> Self {
        Self::List(Box::new(item), length)
    }

    /// A field of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => {
                fields.iter().find(|(key, _)| *key == name).map(|(_, shape)| shape)
            }
            _ => None,
        }
    }

    /// With a field put in; anything but an object becomes one.
    pub(super) fn with(self, name: &'static str, shape: Self) -> Self {
        let mut fields = match self {
            Self::Object(fields) => fields,
            _ => Vec::new(),
        };
        fields.retain(|(key, _)| *key != name);
        fields.push((name, shape));
        Self::Object(fields)
    }

    /// What is known of a value that has this shape or the other one.
    pub(super) fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Self::Object(a), Self::Object(_)) => Self::Object(
                a.iter()
                    .filter_map(|(key, shape)| Some((*key, shape.meet(other.field(key)?))))
                    .collect(),
            ),
            (Self::List(a, m), Self::List(b, n)) => Self::list(a.meet(b), *m.min(n)),
            (Self::Int | Self::Number, Self::Int | Self::Number) => Self::Number,
            (Self::Text | Self::Time | Self::Json, Self::Text | Self::Time | Self::Json) => {
                Self::Text
            }
            _ => Self::Any,
        }
    }

    /// How many places in it will do.
    pub(super) fn count(&self, want: Want) -> usize {
        usize::from(want.takes(self))
            + match self {
                Self::Object(fields) => fields.iter().map(|(_, shape)| shape.count(want)).sum(),
                Self::List(item, length) if *length > 0 => item.count(want),
                _ => 0,
            }
    }

    /// The way to the place of that number among those that will do, and its shape.
    pub(super) fn place(&self, want: Want, number: usize) -> Option<(Vec<Step>, &Self)> {
        let mut steps = Vec::new();
        let mut left = number;
        let found = self.seek(want, &mut left, &mut steps)?;
        Some((steps, found))
    }

    fn seek(&self, want: Want, left: &mut usize, steps: &mut Vec<Step>) -> Option<&Self> {
        if want.takes(self) {
            match left.checked_sub(1) {
                None => return Some(self),
                Some(rest) => *left = rest,
            }
        }
        let inner: &mut dyn Iterator<Item = (Step, &Self)> = match self {
            Self::Object(fields) => {
                &mut fields.iter().map(|(key, shape)| (Step::Field(key), shape))
            }
            Self::List(item, length) if *length > 0 => {
                &mut std::iter::once((Step::Item(*length), &**item))
            }
            _ => return None,
        };
        for (step, shape) in inner {
            steps.push(step);
            if let Some(found) = shape.seek(want, left, steps) {
                return Some(found);
            }
            steps.pop();
        }
        None
    }
}

/// A step of the way to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Field(&'static str),
    /// An item of a list of at least so many.
    Item(usize),
}

/// What flows along a transition: the next state's input, and the variables it can read.
#[derive(Debug, Clone)]
pub(super) struct Env {
    pub(super) input: Shape,
    pub(super) variables: Vec<Variable>,
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// The graph it belongs to; only states of this graph assign it.
    pub(super) graph: usize,
}

impl Env {
    pub(super) fn meet(&self, other: &Self) -> Self {
        let variables = self.variables.iter().filter_map(|mine| {
            let theirs = other.variables.iter().find(|theirs| theirs.name == mine.name)?;
            Some(Variable { shape: mine.shape.meet(&theirs.shape), ..mine.clone() })
        });
        Self { input: self.input.meet(&other.input), variables: variables.collect() }
    }

    /// With another input.
    pub(super) fn with_input(&self, input: Shape) -> Self {
        Self { input, variables: self.variables.clone() }
    }

    pub(super) fn assign(&mut self, name: &'static str, shape: Shape, graph: usize) {
        self.variables.retain(|variable| variable.name != name);
        self.variables.push(Variable { name, shape, graph });
    }
}
