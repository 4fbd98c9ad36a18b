package import Core

/// `[security_compliance]`: rules for passwords and logins, by Keystone's names.
package struct SecurityComplianceOptions: OptionGroup {
    package static let group = "security_compliance"
    /// Wrong passwords in a row that lock an account; 0: never.
    package let lockoutAttempts: Int
    package let lockoutDuration: Duration
    /// Former passwords that a user may not choose again, the present one among them; 0 or 1: any.
    package let uniqueLastPasswords: Int
    package let minimumPasswordAgeDays: Int
    package let passwordExpiresDays: Int
    /// What a password must look like; nil: anything.
    package let passwordRegex: PasswordPattern?
    package let passwordRegexDescription: String?
    /// Days without a login after which an account counts as disabled; 0: never.
    package let inactiveDays: Int
    /// Whether a password that an administrator set must be changed before it is good for a token.
    package let changesPasswordOnFirstUse: Bool

    package init(_ options: inout OptionReader) throws {
        lockoutAttempts = try options.value(
            "lockout_failure_attempts", default: 0, in: 0...1000,
            help: "Wrong passwords in a row after which an account is locked; 0: never.")
        lockoutDuration = try options.value(
            "lockout_duration", default: .seconds(1800), help: "How long a locked account stays so.")
        uniqueLastPasswords = try options.value(
            "unique_last_password_count", default: 0, in: 0...100,
            help: "Former passwords, the present one among them, that a user may not choose again; 0 or 1: any may.")
        minimumPasswordAgeDays = try options.value(
            "minimum_password_age", default: 0, in: 0...365, help: "Days before a user may change a password again.")
        passwordExpiresDays = try options.value(
            "password_expires_days", default: 0, in: 0...36500, help: "Days a password is good for; 0: for ever.")
        passwordRegex = try options.optional(
            "password_regex", help: "Regular expression that the beginning of a new password must match.")
        passwordRegexDescription = try options.optional(
            "password_regex_description", String.self, help: "What password_regex asks for, in words for users.")
        inactiveDays = try options.value(
            "disable_user_account_days_inactive", default: 0, in: 0...36500,
            help: "Days without a login after which an account counts as disabled; 0: never.")
        changesPasswordOnFirstUse = try options.value(
            "change_password_upon_first_use", default: false,
            help: "Whether users must change passwords that an administrator gave them.")
    }

    /// - Throws: 400 for a password that does not have the form asked for.
    package func check(_ password: String) throws {
        guard let passwordRegex, !passwordRegex.matches(password) else { return }
        throw ServiceError(
            .badRequest,
            "The password does not match the requirements: "
                + "\(passwordRegexDescription ?? "it must match \(passwordRegex.source)").")
    }
}

/// A regular expression that a password's beginning must match, as Python's `re.match` takes it.
package struct PasswordPattern: OptionValue, @unchecked Sendable {
    // Unchecked: `Regex` is immutable and initialises its compiled form atomically, but does not declare itself
    // Sendable.
    private let regex: Regex<AnyRegexOutput>
    package let source: String

    package init?(optionText text: String) {
        do {
            regex = try Regex(text).matchingSemantics(.unicodeScalar)
            source = text
        } catch {
            return nil
        }
    }

    package var optionText: String { source }
    package static var optionType: String { "regular expression" }
    package static var optionExample: PasswordPattern? { PasswordPattern(optionText: ".{8,}") }

    package func matches(_ password: String) -> Bool {
        do { return try regex.prefixMatch(in: password) != nil } catch { return false }
    }
}
