// Call Verdigris with node's "soap": node soap_client.js SERVICE-URL DOMAIN [1.1|1.2]
'use strict'
const soap = require('soap')

const [, , url, domain, version = '1.1'] = process.argv
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
  const bank = await soap.createClientAsync(url + '?wsdl', { forceSoap12Headers: version === '1.2' })
  const said = { client: 'soap ' + require('soap/package.json').version, soap: version }

  // A search: rows with the types of the WSDL. The domain says which session servers may run it.
  const [found] = await bank.customerSearchAsync({ environment: here, customerSearchFilters: search })
  said.rows = found.customerSearchRow

  // What goes wrong comes as a fault with a number.
  await bank.customerSearchAsync({ environment: nowhere, customerSearchFilters: search })
    .catch(problem => { said.fault = errorOf(problem) })

  // The environment may also be a SOAP header.
  bank.addSoapHeader({ environment: nowhere }, '', 'tns', 'urn:xmlns:attachmate:vhi-ws:BankDemo')
  await bank.customerSearchAsync({ customerSearchFilters: search })
    .catch(problem => { said.header = errorOf(problem) })
  bank.clearSoapHeaders()

  // A session of one's own: every call with its id runs in the same terminal.
  const [{ SessionID }] = await bank.wsResourceCreateAsync({ environment: here })
  const mine = { SessionID }
  const [{ affected }] = await bank.transferAsync({
    environment: mine,
    transferFilters: { FromAccount: 40000001 },
    transferData: { ToAccount: 40000002, Amount: '0.01', Reference: 'node soap' }
  })
  const [{ modelVariables }] = await bank.getModelVariablesAsync({ environment: mine })
  await bank.wsResourceDestroyAsync({ environment: mine })
  said.session = { id: SessionID, affected, order: modelVariables.lastOrder }
  await bank.getModelVariablesAsync({ environment: mine })
    .catch(problem => { said.gone = errorOf(problem) })

  console.log(JSON.stringify(said))
}

main()
