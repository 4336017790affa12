//! How well a row fits what is typed, and where. Pure.

/// The rank of a match outside the name column. Lower is better, and every match in a name ranks below this.
const OTHER_COLUMN: usize = 1000;

/// Text as it is searched: in lower case, character by character, so that positions are those of the shown text.
pub fn small(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// How well a word matches a row's cells, the first of which is its name; `None` if it is nowhere in them.
pub fn rank(cells: &[Vec<char>], word: &[char]) -> Option<usize> {
    let (name, others) = cells.split_first()?;
    let elsewhere = || others.iter().any(|cell| find(cell, word).is_some()).then_some(OTHER_COLUMN);
    rank_in_name(name, word).or_else(elsewhere)
}

/// The characters of each cell that the words match.
pub fn marks(cells: &[Vec<char>], words: &[Vec<char>]) -> Vec<Vec<bool>> {
    let named = |word: &[char]| cells.first().is_some_and(|name| rank_in_name(name, word).is_some());
    let marks = |(column, cell): (usize, &Vec<char>)| {
        let mut marks = vec![false; cell.len()];
        for word in words.iter().filter(|word| (column == 0) == named(word)) {
            match find(cell, word) {
                Some(at) => marks.iter_mut().skip(at).take(word.len()).for_each(|mark| *mark = true),
                None if column == 0 => spread(cell, word).into_iter().flatten().for_each(|i| marks[i] = true),
                None => {}
            }
        }
        marks
    };
    cells.iter().enumerate().map(marks).collect()
}

fn rank_in_name(name: &[char], word: &[char]) -> Option<usize> {
    let at = find(name, word);
    let begins = |at: usize| at == 0 || name.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
    Some(match at {
        Some(_) if name.len() == word.len() => 0,
        Some(0) => 1,
        Some(at) if begins(at) => 2,
        Some(_) => 3,
        None => 10 + spread(name, word).map(|places| gaps(&places))?,
    })
}

/// Where a word begins in a text; at the beginning of one of its parts, if it can be.
fn find(text: &[char], word: &[char]) -> Option<usize> {
    let mut first = None;
    for (at, _) in text.windows(word.len().max(1)).enumerate().filter(|(_, part)| *part == word) {
        if at == 0 || text.get(at - 1).is_some_and(|c| !c.is_alphanumeric()) {
            return Some(at);
        }
        first = first.or(Some(at));
    }
    first
}

/// The places of the characters of a word that stand apart in a text, in this order.
fn spread(text: &[char], word: &[char]) -> Option<Vec<usize>> {
    let mut from = 0;
    word.iter()
        .map(|c| {
            let at = from + text.get(from..)?.iter().position(|d| d == c)?;
            from = at + 1;
            Some(at)
        })
        .collect()
}

fn gaps(places: &[usize]) -> usize {
    let (first, last) = (places.first().copied().unwrap_or(0), places.last().copied().unwrap_or(0));
    (last + 1).saturating_sub(first + places.len()).min(OTHER_COLUMN - 11)
}
