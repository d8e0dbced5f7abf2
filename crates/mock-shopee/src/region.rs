//! Markets: time zone, scale of money and smallest budget.

use chrono_tz::Tz;

/// One market of the platform.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// ISO 3166 code of two letters, as Shopee: v2.shop.get_shop_info reports it.
    pub code: &'static str,
    /// The time zone of the shop's days and hours.
    pub zone: Tz,
    /// Units of the local currency per Brazilian real, so that amounts look natural.
    pub money_unit: i64,
    /// Smallest daily budget of a campaign, in major units of the local currency. Those of Brazil and Vietnam are
    /// from live answers; the others are invented.
    pub budget_floor: i64,
}

/// Every market that a shop may be in.
pub const REGIONS: [Region; 12] = [
    region("BR", chrono_tz::America::Sao_Paulo, 1, 10),
    region("VN", chrono_tz::Asia::Ho_Chi_Minh, 4_500, 100_000),
    region("TW", chrono_tz::Asia::Taipei, 6, 50),
    region("MX", chrono_tz::America::Mexico_City, 4, 40),
    region("SG", chrono_tz::Asia::Singapore, 1, 5),
    region("MY", chrono_tz::Asia::Kuala_Lumpur, 1, 10),
    region("TH", chrono_tz::Asia::Bangkok, 7, 60),
    region("PH", chrono_tz::Asia::Manila, 10, 50),
    region("ID", chrono_tz::Asia::Jakarta, 3_000, 25_000),
    region("CL", chrono_tz::America::Santiago, 180, 1_500),
    region("CO", chrono_tz::America::Bogota, 800, 7_000),
    region("PL", chrono_tz::Europe::Warsaw, 1, 5),
];

const fn region(code: &'static str, zone: Tz, money_unit: i64, budget_floor: i64) -> Region {
    Region { code, zone, money_unit, budget_floor }
}

/// The market of a code in upper case.
pub fn find(code: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.code == code)
}
