// Sign in with WS-Security: NODE_EXTRA_CA_CERTS=CERTIFICATE node soap_security.js HTTPS-URL USER PASSWORD
//
// The certificate is the gateway's own, or that of whoever issued it: gateway-tls/certificate.pem.
'use strict'
const soap = require('soap')

const [, , url, user, password] = process.argv
const tokens = {
  digest: new soap.WSSecurity(user, password, { passwordType: 'PasswordDigest', hasNonce: true, mustUnderstand: true }),
  text: new soap.WSSecurity(user, password),
  wrong: new soap.WSSecurity(user, 'not it', { passwordType: 'PasswordDigest', hasNonce: true })
}

async function main () {
  const said = { client: 'soap ' + require('soap/package.json').version }
  for (const [kind, token] of Object.entries(tokens)) {
    const bank = await soap.createClientAsync(url + '?wsdl')
    bank.setSecurity(token)
    try {
      const [found] = await bank.customerSearchAsync({ customerSearchFilters: { LastName: 'MÜLLER' } })
      said[kind] = found.customerSearchRow.length
    } catch (problem) {
      said[kind] = Number([problem.root.Envelope.Body.Fault.detail.errorDetail.error].flat()[0].id)
    }
  }
  console.log(JSON.stringify(said))
}

main()
