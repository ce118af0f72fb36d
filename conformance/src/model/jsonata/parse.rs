//! Reading JSONata: a Pratt parser with the operators and precedences of the language.

use serde_json::Value;

use super::super::failure::{Result, unknown};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Literal(Value),
    /// A name: a member of the context.
    Name(String),
    /// `$name`; the empty name is the context.
    Variable(String),
    /// Steps with dots between them.
    Path(Vec<Node>),
    /// `base[predicate]`
    Filter(Box<Node>, Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    Condition(Box<Node>, Box<Node>, Option<Box<Node>>),
    Array(Vec<Node>),
    /// `first..last`, in an array.
    Range(Box<Node>, Box<Node>),
    Object(Vec<(Node, Node)>),
    Block(Vec<Node>),
    Bind(String, Box<Node>),
    Call(String, Vec<Node>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(Value),
    Text(String),
    Name(String),
    Variable(String),
    Mark(&'static str),
    End,
}

/// Longer marks come first.
const MARKS: [&str; 30] = [
    ":=", "!=", "<=", ">=", "..", "~>", "**", ".", "[", "]", "{", "}", "(", ")", ",", ";", ":",
    "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "@",
];

/// Reads an expression; gives up on what the model does not evaluate.
pub(super) fn parse(text: &str) -> Result<Node> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let node = parser.expression(0)?;
    if parser.peek() == &Token::End { Ok(node) } else { unread() }
}

fn unread<T>() -> Result<T> {
    unknown("a JSONata expression of a form the model does not read")
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '\'' => quoted(rest, first)?,
            '`' => match rest[1..].find('`') {
                Some(end) => (Token::Name(rest[1..=end].to_owned()), end + 2),
                None => return unread(),
            },
            '0'..='9' => number(rest)?,
            '$' => {
                let name = word(&rest[1..]);
                (Token::Variable(name.to_owned()), name.len() + 1)
            }
            first if first.is_alphabetic() || first == '_' => {
                let name = word(rest);
                (Token::Name(name.to_owned()), name.len())
            }
            _ => match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
                Some(mark) if !rest.starts_with("/*") => (Token::Mark(mark), mark.len()),
                _ => return unread(),
            },
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens.push(Token::End);
    Ok(tokens)
}

fn word(text: &str) -> &str {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    &text[..text.find(|c| !part(c)).unwrap_or(text.len())]
}

fn number(text: &str) -> Result<(Token, usize)> {
    let digits = |from: usize| {
        from + text[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - from)
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        end = digits(end + 1 + sign);
    }
    match serde_json::from_str(&text[..end]) {
        Ok(value) => Ok((Token::Number(value), end)),
        Err(_) => unread(),
    }
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize)> {
    let mut made = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Ok((Token::Text(made), at + 1));
        }
        if character != '\\' {
            made.push(character);
            continue;
        }
        made.push(match characters.next() {
            Some((_, same @ ('"' | '\'' | '\\' | '/'))) => same,
            Some((_, 'n')) => '\n',
            Some((_, 't')) => '\t',
            Some((_, 'r')) => '\r',
            Some((_, 'b')) => '\u{8}',
            Some((_, 'f')) => '\u{c}',
            Some((at, 'u')) => {
                let code =
                    text.get(at + 1..at + 5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                let Some(character) = code.and_then(char::from_u32) else { return unread() };
                characters.nth(3);
                character
            }
            _ => return unread(),
        });
    }
    unread()
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn takes(&mut self, mark: &'static str) -> bool {
        let there = self.peek() == &Token::Mark(mark);
        if there {
            self.next();
        }
        there
    }

    fn must(&mut self, mark: &'static str) -> Result<()> {
        if self.takes(mark) { Ok(()) } else { unread() }
    }

    fn expression(&mut self, above: u8) -> Result<Node> {
        let mut left = self.prefix()?;
        loop {
            let (operator, power) = match self.peek() {
                Token::Mark(mark) => (*mark, binding(mark)),
                Token::Name(name) if name == "and" => ("and", 30),
                Token::Name(name) if name == "or" => ("or", 25),
                Token::Name(name) if name == "in" => ("in", 40),
                _ => return Ok(left),
            };
            if power <= above {
                return Ok(left);
            }
            self.next();
            left = self.infix(left, operator, power)?;
        }
    }

    fn infix(&mut self, left: Node, operator: &'static str, power: u8) -> Result<Node> {
        Ok(match operator {
            "." => {
                let right = match self.expression(power)? {
                    // In a path, a text is a name.
                    Node::Literal(Value::String(name)) => Node::Name(name),
                    other => other,
                };
                let mut steps = if let Node::Path(steps) = left { steps } else { vec![left] };
                if let Node::Path(more) = right {
                    steps.extend(more)
                } else {
                    steps.push(right)
                }
                Node::Path(steps)
            }
            "[" => {
                if self.takes("]") {
                    return unread();
                }
                let predicate = Box::new(self.expression(0)?);
                self.must("]")?;
                match left {
                    // A predicate belongs to the last step.
                    Node::Path(mut steps) => {
                        if let Some(last) = steps.pop() {
                            steps.push(Node::Filter(Box::new(last), predicate));
                        }
                        Node::Path(steps)
                    }
                    other => Node::Filter(Box::new(other), predicate),
                }
            }
            "(" => {
                let arguments = self.list(")")?;
                match left {
                    Node::Variable(name) if !name.is_empty() => Node::Call(name, arguments),
                    _ => return unread(),
                }
            }
            "?" => {
                let then = Box::new(self.expression(0)?);
                let otherwise =
                    if self.takes(":") { Some(Box::new(self.expression(0)?)) } else { None };
                Node::Condition(Box::new(left), then, otherwise)
            }
            ":=" => match left {
                Node::Variable(name) if !name.is_empty() => {
                    Node::Bind(name, Box::new(self.expression(power - 1)?))
                }
                _ => return unread(),
            },
            "{" | "^" | "~>" | "@" | "|" | "**" | ".." => return unread(),
            other => Node::Binary(other, Box::new(left), Box::new(self.expression(power)?)),
        })
    }

    fn prefix(&mut self) -> Result<Node> {
        Ok(match self.next() {
            Token::Number(number) => Node::Literal(number),
            Token::Text(text) => Node::Literal(text.into()),
            Token::Variable(name) => Node::Variable(name),
            Token::Name(name) => match name.as_str() {
                "true" => Node::Literal(true.into()),
                "false" => Node::Literal(false.into()),
                "null" => Node::Literal(Value::Null),
                "function" => return unread(),
                _ => Node::Path(vec![Node::Name(name)]),
            },
            Token::Mark("-") => Node::Negate(Box::new(self.expression(70)?)),
            Token::Mark("(") => {
                let mut all = Vec::new();
                while !self.takes(")") {
                    all.push(self.expression(0)?);
                    if !self.takes(";") {
                        self.must(")")?;
                        break;
                    }
                }
                Node::Block(all)
            }
            Token::Mark("[") => {
                let mut items = Vec::new();
                while !self.takes("]") {
                    let first = self.expression(20)?;
                    items.push(if self.takes("..") {
                        Node::Range(Box::new(first), Box::new(self.expression(20)?))
                    } else if self.takes("?") {
                        self.at -= 1;
                        return unread();
                    } else {
                        first
                    });
                    if !self.takes(",") {
                        self.must("]")?;
                        break;
                    }
                }
                Node::Array(items)
            }
            Token::Mark("{") => {
                let mut members = Vec::new();
                while !self.takes("}") {
                    let key = self.expression(0)?;
                    self.must(":")?;
                    members.push((key, self.expression(0)?));
                    if !self.takes(",") {
                        self.must("}")?;
                        break;
                    }
                }
                Node::Object(members)
            }
            _ => return unread(),
        })
    }

    fn list(&mut self, close: &'static str) -> Result<Vec<Node>> {
        let mut all = Vec::new();
        while !self.takes(close) {
            all.push(self.expression(0)?);
            if !self.takes(",") {
                self.must(close)?;
                break;
            }
        }
        Ok(all)
    }
}

fn binding(mark: &str) -> u8 {
    match mark {
        "[" | "(" | "@" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" | "**" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | ">" | "<=" | ">=" | "^" | "~>" => 40,
        "?" | "|" | ".." => 20,
        ":=" => 10,
        _ => 0,
    }
}
