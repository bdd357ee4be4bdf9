/** Mail and the words of SMTP (RFC 5321, RFC 5322): to compose, to sign, and to read what became of it. No network. */
module io.pipepost.smtp.mail {
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.pipepost.smtp.protocol;
    exports io.pipepost.smtp.mail;
    exports io.pipepost.smtp.mime;
    exports io.pipepost.smtp.dkim;
    exports io.pipepost.smtp.mail.internal to
            io.pipepost.smtp.client;
}
