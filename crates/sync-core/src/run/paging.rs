//! Decides which page of a list to request next while rows come and go.
//!
//! Pages are cut by row offset. A deletion before the offset moves later rows to where the listing has already been, so
//! each page starts some rows early. If its first row was seen before, no row in between was missed, since the
//! remaining rows keep their order. Otherwise the page is put aside and the listing goes back.

use crate::limits::{OVERLAP_ROWS_MAX, OVERLAP_SHARE};
use serde::{Deserialize, Serialize};

/// One page as Shopee returned it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPage {
    /// The requested row offset.
    pub offset: u64,
    /// The ids.
    pub ids: Vec<i64>,
    /// All rows, including those without a usable id.
    pub rows: u32,
    /// Whether Shopee says that there are more pages.
    pub has_next_page: bool,
}

/// The progress of the paging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paging {
    /// The row offset of the next page.
    pub offset: u64,
    /// Rows of the longest page so far, which is how many Shopee really returns.
    longest: u32,
    /// Whether the next page covers rows that were already listed.
    back: bool,
}

/// How a page is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageUse {
    /// Its ids count, and more pages follow.
    More,
    /// Its ids count, and it is the last page.
    Last,
    /// Rows before it were missed: its ids do not count yet.
    Aside,
}

impl Paging {
    /// Takes the page at `offset`. The list ends with a page that says so, is empty or has no new ids, so that a
    /// platform that never says so is not asked for ever.
    pub(crate) fn take(&mut self, page: &ListedPage, is_seen: impl Fn(&i64) -> bool) -> PageUse {
        self.longest = self.longest.max(page.rows);
        let unreadable = page.rows > 0 && page.ids.is_empty();
        let joins = page.ids.first().is_some_and(&is_seen);
        if !(joins || unreadable || self.offset == 0 || overlap(self.longest) == 0) {
            self.offset = self.offset.saturating_sub(u64::from(self.longest / 2).max(1));
            self.back = true;
            return PageUse::Aside;
        }
        let known = !std::mem::take(&mut self.back) && page.ids.iter().all(is_seen);
        if !page.has_next_page || page.rows == 0 || known {
            return PageUse::Last;
        }
        self.offset = self.offset.saturating_add(u64::from(page.rows.saturating_sub(overlap(self.longest))));
        PageUse::More
    }
}

/// How many rows early a page of `rows` rows starts.
fn overlap(rows: u32) -> u32 {
    if rows < 2 { 0 } else { (rows / OVERLAP_SHARE).clamp(1, OVERLAP_ROWS_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compact::SortedSet;
    use proptest::prelude::*;

    /// Lists `rows` in pages of `size`, editing them before each page but the first. Returns what was listed and the
    /// number of pages.
    fn listed(
        mut rows: Vec<i64>,
        size: usize,
        endless: bool,
        mut edit: impl FnMut(&mut Vec<i64>, usize),
    ) -> (SortedSet<i64>, usize) {
        let (mut paging, mut seen) = (Paging::default(), SortedSet::new());
        for number in 1..10_000 {
            if number > 1 {
                edit(&mut rows, number);
            }
            let start = usize::try_from(paging.offset).unwrap().min(rows.len());
            let end = (start + size).min(rows.len());
            let ids = rows[start..end].to_vec();
            let page = ListedPage {
                offset: paging.offset,
                rows: ids.len() as u32,
                has_next_page: endless || end < rows.len(),
                ids,
            };
            let step = paging.take(&page, |id| seen.contains(id));
            if step != PageUse::Aside {
                seen.extend(page.ids);
            }
            if step == PageUse::Last {
                return (seen, number);
            }
        }
        panic!("the listing does not end")
    }

    #[test]
    fn a_list_that_stands_still_costs_a_twentieth_more() {
        for endless in [false, true] {
            let (seen, pages) = listed((0..25_000).collect(), 1_000, endless, |_, _| {});
            assert_eq!(seen.len(), 25_000);
            assert_eq!(pages, if endless { 28 } else { 27 });
        }
        assert_eq!(
            listed((0..1_000).collect(), 1_000, false, |_, _| {}).1,
            1,
            "what fits on a page is one call"
        );
        assert_eq!(listed(vec![], 1_000, true, |_, _| {}), (SortedSet::new(), 1));
        assert_eq!(
            listed((0..5).collect(), 1, true, |_, _| {}).0.len(),
            5,
            "pages of one row have no overlap"
        );
    }

    #[test]
    fn everything_deleted_while_it_is_listed_is_an_end_too() {
        let (seen, _) = listed((0..100).collect(), 10, true, |rows, number| {
            if number == 5 {
                rows.clear();
            }
        });
        assert!(seen.len() < 100);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        /// Rows that exist throughout are listed, whatever is deleted anywhere or added at the end between two pages.
        #[test]
        fn what_exists_throughout_is_listed(
            count in 0_i64..400,
            size in 2_usize..60,
            endless: bool,
            edits in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..40), 0_i64..20), 0..30),
        ) {
            let mut deleted = SortedSet::new();
            let mut next_id = count;
            let (seen, _) = listed((0..count).collect(), size, endless, |rows, number| {
                let Some((deletions, made)) = edits.get(number - 2) else { return };
                for at in deletions {
                    if !rows.is_empty() {
                        deleted.insert(rows.remove(at.index(rows.len())));
                    }
                }
                rows.extend(next_id..next_id + made);
                next_id += made;
            });
            let missed: Vec<i64> = (0..count).filter(|id| !deleted.contains(id) && !seen.contains(id)).collect();
            prop_assert!(missed.is_empty(), "missed: {missed:?}");
        }
    }
}
