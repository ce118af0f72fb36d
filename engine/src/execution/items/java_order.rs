//! The order in which a Java `HashMap` gives its keys.
//!
//! AWS builds a CSV row as such a map, and the order shows in the item (recording
//! `map_item_reader_csv_headers_first_row_typed_headers`: columns `0,True,{}` come out as `0,{},True`).

/// Indices of the keys in the order a `HashMap` they were put into one by one gives them.
///
/// Keys of one bucket keep the order they were put in; Java's switch to trees, at eight keys in one bucket of
/// a large table, is left out.
pub(super) fn hash_map_order(keys: &[String]) -> Vec<usize> {
    let mut capacity = 16_usize;
    // The table doubles when it is more than three quarters full.
    while keys.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|index| {
        let hash = java_hash(&keys[*index]);
        (hash ^ (hash >> 16)) as usize & (capacity - 1)
    });
    order
}

/// `String.hashCode`.
fn java_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_the_recording() {
        let keys = ["0", "True", "{}"].map(String::from);
        assert_eq!(hash_map_order(&keys), [0, 2, 1]);
        let keys = ["Col1", "Col2", "Col3"].map(String::from);
        assert_eq!(hash_map_order(&keys), [0, 1, 2]);
    }

    #[test]
    fn hash_is_javas() {
        assert_eq!(java_hash("hello"), 99_162_322);
    }
}
