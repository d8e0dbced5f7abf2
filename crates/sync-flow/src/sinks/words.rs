//! What messages say, in English and Vietnamese.

use store::alert_kind::AlertKind;

/// A language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`
    English,
    /// `vi`
    Vietnamese,
}

impl Language {
    /// By its name in the table; English if there is no such language.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "vi" { Self::Vietnamese } else { Self::English }
    }

    /// The word of this language.
    #[must_use]
    pub fn of(self, [english, vietnamese]: [&'static str; 2]) -> &'static str {
        match self {
            Self::English => english,
            Self::Vietnamese => vietnamese,
        }
    }
}

/// What an alert of a kind says in a few words.
pub fn title(kind: AlertKind) -> [&'static str; 2] {
    match kind {
        AlertKind::RunFailed => ["A sync has failed", "Đồng bộ thất bại"],
        AlertKind::StaleData => ["Data are out of date", "Dữ liệu đã cũ"],
        AlertKind::MalformedRows => ["Rows from Shopee cannot be read", "Không đọc được dữ liệu từ Shopee"],
        AlertKind::CampaignsUnanswered => {
            ["Shopee says nothing about some campaigns", "Shopee không trả lời về một số chiến dịch"]
        }
        AlertKind::CampaignListEmpty => {
            ["Shopee lists no campaigns", "Danh sách chiến dịch của Shopee trống"]
        }
        AlertKind::AdsAccount => ["There is no ads account", "Không có tài khoản quảng cáo"],
        AlertKind::Reconsent => ["A seller must authorize again", "Người bán cần cấp quyền lại"],
        AlertKind::ConsentEnds => ["A seller's consent ends soon", "Quyền của người bán sắp hết hạn"],
        AlertKind::AppThrottled => ["Shopee refuses the app's calls", "Shopee đang từ chối ứng dụng"],
        AlertKind::DailyQuota => ["The calls of the day are used up", "Đã hết lượt gọi trong ngày"],
        AlertKind::EndpointQuota => {
            ["The calls of the day to an endpoint are used up", "Đã hết lượt gọi trong ngày của một API"]
        }
        AlertKind::DeadLetters => ["Messages could not be handled", "Có thông điệp không xử lý được"],
        AlertKind::SinkFailing => ["Alerts do not arrive", "Không gửi được cảnh báo"],
        AlertKind::BudgetFailed => ["Budgets are not as planned", "Ngân sách không đúng lịch"],
        AlertKind::BudgetSchedules => ["Budget schedules cannot be used", "Lịch ngân sách không dùng được"],
        AlertKind::BudgetMissed => ["A budget slot was missed", "Đã lỡ một khung giờ ngân sách"],
    }
}

/// How bad it is.
pub fn severity(name: &str) -> [&'static str; 2] {
    match name {
        "critical" => ["Critical", "Nghiêm trọng"],
        "info" => ["Info", "Thông tin"],
        _ => ["Warning", "Cảnh báo"],
    }
}

/// Before the title of alerts that are over.
pub const OVER: [&str; 2] = ["Over", "Đã hết"];
/// Before the title of alerts that are told again.
pub const STILL: [&str; 2] = ["Still", "Vẫn còn"];
/// Of a test message.
pub const TEST: [&str; 2] =
    ["Test message: alerts arrive here", "Tin nhắn thử: cảnh báo sẽ được gửi đến đây"];
/// After a number of shops.
pub const SHOPS: [&str; 2] = ["shops", "cửa hàng"];
/// After a number of alerts that are not listed.
pub const MORE: [&str; 2] = ["more", "mục khác"];
/// Of the daily digest.
pub const DIGEST: [&str; 2] = ["Daily digest", "Tổng kết ngày"];
/// The numbers of a digest, by their names in its content.
pub const NUMBERS: [(&str, [&str; 2]); 8] = [
    ("shops", ["Shops", "Cửa hàng"]),
    ("fresh", ["with fresh data", "dữ liệu mới"]),
    ("stale", ["with old data", "dữ liệu cũ"]),
    ("unauthorized", ["without consent", "chưa cấp quyền"]),
    ("runs_completed", ["Syncs completed in 24 hours", "Lượt đồng bộ thành công trong 24 giờ"]),
    ("runs_failed", ["Syncs failed in 24 hours", "Lượt đồng bộ thất bại trong 24 giờ"]),
    ("alerts_open", ["Open alerts", "Cảnh báo đang mở"]),
    ("dead_letters", ["Messages that could not be handled", "Thông điệp không xử lý được"]),
];
/// Before what a region has spent.
pub const SPEND: [&str; 2] = ["Spend yesterday", "Chi tiêu hôm qua"];
/// Before what its campaigns may spend in a day.
pub const BUDGETS: [&str; 2] = ["daily budgets", "ngân sách ngày"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_words_of_its_own_in_both_languages() {
        for language in [Language::English, Language::Vietnamese] {
            let mut titles: Vec<_> = AlertKind::ALL.iter().map(|kind| language.of(title(*kind))).collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), AlertKind::ALL.len());
        }
    }
}
