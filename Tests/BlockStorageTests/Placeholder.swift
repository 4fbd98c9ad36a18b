import Testing

@Suite struct BlockStoragePlaceholderTests {}
