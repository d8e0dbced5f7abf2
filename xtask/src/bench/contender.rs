//! Who takes part in the race.

/// A way of doing the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// Five loops in Node without a queue: the limit.
    Pool,
    /// graphile-worker.
    Graphile,
    /// pg-boss with five polling workers.
    PgBoss,
    /// pg-boss with everything that it has against its pauses.
    PgBossBurst,
    /// Cloudflare Workflows in workerd.
    Workflows,
    /// This checkout.
    Ours,
    /// This checkout while the local runtime keeps traces of every call, as it does by default.
    OursTraced,
    /// An older commit.
    Today,
    /// The incumbent's algorithm.
    Incumbent,
}

/// What runs a contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program in Node: its file in bench/peers.
    Node(&'static str),
    /// A Worker with a workflow.
    Workflows,
    /// The sync's Worker.
    Sync {
        /// Of the older commit.
        older: bool,
        /// With the local runtime's traces.
        traced: bool,
    },
}

impl Contender {
    /// All of them, in the order of a round.
    pub const ALL: [Self; 9] = [
        Self::Pool,
        Self::Graphile,
        Self::PgBoss,
        Self::PgBossBurst,
        Self::Workflows,
        Self::Ours,
        Self::OursTraced,
        Self::Today,
        Self::Incumbent,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Graphile => "graphile-worker",
            Self::PgBoss => "pg-boss",
            Self::PgBossBurst => "pg-boss-burst",
            Self::Workflows => "workflows",
            Self::Ours => "ours",
            Self::OursTraced => "ours-traced",
            Self::Today => "today",
            Self::Incumbent => "incumbent",
        }
    }

    /// What runs it.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Pool => Kind::Node("pool.mjs"),
            Self::Graphile => Kind::Node("graphile-worker.mjs"),
            Self::PgBoss => Kind::Node("pg-boss.mjs"),
            Self::PgBossBurst => Kind::Node("pg-boss-burst.mjs"),
            Self::Incumbent => Kind::Node("incumbent.mjs"),
            Self::Workflows => Kind::Workflows,
            Self::Ours => Kind::Sync { older: false, traced: false },
            Self::OursTraced => Kind::Sync { older: false, traced: true },
            Self::Today => Kind::Sync { older: true, traced: false },
        }
    }

    /// Whether it is measured once only: it takes minutes.
    #[must_use]
    pub fn is_measured_once(self) -> bool {
        self == Self::Incumbent
    }
}
