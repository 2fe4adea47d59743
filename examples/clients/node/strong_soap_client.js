// Call Verdigris with node's "strong-soap": node strong_soap_client.js SERVICE-URL DOMAIN [1.1|1.2]
'use strict'
const { promisify } = require('util')
const { soap, QName } = require('strong-soap')

const [, , url, domain, version = '1.1'] = process.argv
const namespace = 'urn:xmlns:attachmate:vhi-ws:BankDemo'
const here = { DomainName: domain }
const nowhere = { DomainName: 'nowhere' }
const search = { LastName: 'MÜLLER' }

// The first error in a fault: its number and its text.
function errorOf (problem) {
  const fault = problem.root.Envelope.Body.Fault
  const [first] = [(fault.detail || fault.Detail).errorDetail.error].flat()
  return { id: Number(first.id), text: first.text }
}

async function main () {
  const client = await promisify(soap.createClient)(url + '?wsdl', {})
  const [ports] = Object.values(client.wsdl.services).map(service => client[service.$name])
  const port = Object.keys(ports).find(name => name.endsWith('Soap12') === (version === '1.2'))
  // Each method of the port, as a function that gives a promise.
  const bank = new Proxy({}, { get: (_, name) => promisify(ports[port][name]) })
  const said = { client: 'strong-soap ' + require('strong-soap/package.json').version, soap: version }

  // A search: rows with the types of the WSDL. The domain says which session servers may run it.
  const found = await bank.customerSearch({ environment: here, customerSearchFilters: search })
  said.rows = found.customerSearchRow

  // What goes wrong comes as a fault with a number.
  await bank.customerSearch({ environment: nowhere, customerSearchFilters: search })
    .catch(problem => { said.fault = errorOf(problem) })

  // The environment may also be a SOAP header.
  client.addSoapHeader(nowhere, new QName(namespace, 'environment', 'tns'))
  await bank.customerSearch({ customerSearchFilters: search })
    .catch(problem => { said.header = errorOf(problem) })
  client.clearSoapHeaders()

  // A session of one's own: every call with its id runs in the same terminal.
  const { SessionID } = await bank.wsResourceCreate({ environment: here })
  const mine = { SessionID }
  const { affected } = await bank.transfer({
    environment: mine,
    transferFilters: { FromAccount: 40000001 },
    transferData: { ToAccount: 40000002, Amount: '0.01', Reference: 'strong-soap' }
  })
  const { modelVariables } = await bank.getModelVariables({ environment: mine })
  await bank.wsResourceDestroy({ environment: mine })
  said.session = { id: SessionID, affected, order: modelVariables.lastOrder }
  await bank.getModelVariables({ environment: mine })
    .catch(problem => { said.gone = errorOf(problem) })

  console.log(JSON.stringify(said))
}

main()
