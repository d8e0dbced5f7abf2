//! The roles that a caller can have. Which route requires which one is in the table of `routes.rs`.

/// The role that a route requires, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No token needed.
    Anyone,
    /// May read.
    Viewer,
    /// May start and control work.
    Operator,
    /// May do everything.
    Admin,
}

impl Role {
    /// The role's name in `API_TOKENS`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "viewer" => Some(Self::Viewer),
            "operator" => Some(Self::Operator),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The role's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}
