import Testing

@Suite struct ImagePlaceholderTests {}
