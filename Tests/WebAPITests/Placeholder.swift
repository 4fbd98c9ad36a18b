import Testing

@Suite struct WebAPIPlaceholderTests {}
