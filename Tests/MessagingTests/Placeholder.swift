import Testing

@Suite struct MessagingPlaceholderTests {}
