/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The recipients that a caller gave, groups resolved.
 *
 * @param addresses those that can be sent
 * @param paths the same, as forward-paths
 * @param malformed those that cannot, and why
 */
record Recipients(
        List<InternetAddress> addresses, List<ForwardPath> paths, Map<InternetAddress, SmtpSyntaxException> malformed) {

    static Recipients of(Address @Nullable [] given) throws MessagingException {
        Recipients recipients = new Recipients(new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>());
        for (InternetAddress address : expanded(given)) {
            recipients.add(address);
        }
        if (recipients.addresses.isEmpty() && recipients.malformed.isEmpty()) {
            throw new SendFailedException("No recipient addresses");
        }
        return recipients;
    }

    private void add(InternetAddress address) {
        try {
            String text = address.getAddress();
            paths.add(ForwardPath.of(text == null ? "" : text));
            addresses.add(address);
        } catch (SmtpSyntaxException e) {
            malformed.put(address, e);
        }
    }

    static List<InternetAddress> expanded(Address @Nullable [] given) throws MessagingException {
        List<InternetAddress> all = new ArrayList<>();
        if (given != null) {
            for (Address address : given) {
                if (!(address instanceof InternetAddress internet)) {
                    throw new MessagingException("Expected an InternetAddress, found " + address);
                }
                addMembers(internet, all);
            }
        }
        return all;
    }

    private static void addMembers(InternetAddress address, List<InternetAddress> all) {
        InternetAddress[] members = null;
        try {
            members = address.getGroup(false);
        } catch (AddressException e) {
            // Its text is no address either, and is reported as that.
        }
        all.addAll(members == null ? List.of(address) : List.of(members));
    }
}
