//! The roles that a caller can have.

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
    /// The role of this name in `API_TOKENS`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "viewer" => Some(Self::Viewer),
            "operator" => Some(Self::Operator),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The role's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}
