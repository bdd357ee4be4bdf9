/** The bytes of SMTP (RFC 5321), for clients and servers. */
module io.pipepost.smtp.codec {
    requires static transitive org.jspecify;
    requires transitive io.pipepost.smtp.mail;
    requires transitive io.netty.buffer;
    requires transitive io.netty.transport;
    requires io.netty.common;
    requires io.netty.codec;

    exports io.pipepost.smtp.codec;
}
