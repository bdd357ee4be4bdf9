/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.pkitesting.X509Bundle;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreSpi;
import java.security.cert.Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECParameterSpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store of one certificate whose key signs, but shows nobody its octets: as in hardware. */
final class LockedStore extends KeyStoreSpi {
    private static final String ALIAS = "locked";

    private final X509Bundle bundle;

    private LockedStore(X509Bundle bundle) {
        this.bundle = bundle;
    }

    static KeyStore of(X509Bundle bundle) throws Exception {
        KeyStore store = new KeyStore(new LockedStore(bundle), null, "locked") {};
        store.load(null, null);
        return store;
    }

    private record LockedKey(ECPrivateKey key) implements ECPrivateKey {
        private static final long serialVersionUID = 1L;

        @Override
        public BigInteger getS() {
            return key.getS();
        }

        @Override
        public ECParameterSpec getParams() {
            return key.getParams();
        }

        @Override
        public String getAlgorithm() {
            return key.getAlgorithm();
        }

        @Override
        @SuppressWarnings("NullAway")
        public String getFormat() {
            return null;
        }

        @Override
        @SuppressWarnings("NullAway")
        public byte[] getEncoded() {
            return null;
        }
    }

    @Override
    public Key engineGetKey(String alias, char @Nullable [] password) {
        return new LockedKey((ECPrivateKey) bundle.getKeyPair().getPrivate());
    }

    @Override
    public Certificate[] engineGetCertificateChain(String alias) {
        return bundle.getCertificatePath();
    }

    @Override
    public Certificate engineGetCertificate(String alias) {
        return bundle.getCertificate();
    }

    @Override
    public Enumeration<String> engineAliases() {
        return Collections.enumeration(List.of(ALIAS));
    }

    @Override
    public boolean engineContainsAlias(String alias) {
        return alias.equals(ALIAS);
    }

    @Override
    public int engineSize() {
        return 1;
    }

    @Override
    public boolean engineIsKeyEntry(String alias) {
        return true;
    }

    @Override
    public boolean engineIsCertificateEntry(String alias) {
        return false;
    }

    @Override
    public String engineGetCertificateAlias(Certificate certificate) {
        return ALIAS;
    }

    @Override
    public Date engineGetCreationDate(String alias) {
        return new Date(0);
    }

    @Override
    public void engineLoad(@Nullable InputStream stream, char @Nullable [] password) {}

    @Override
    public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void engineSetCertificateEntry(String alias, Certificate certificate) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void engineDeleteEntry(String alias) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void engineStore(OutputStream stream, char[] password) {
        throw new UnsupportedOperationException();
    }
}
