// node's "soap" as a server of our WSDL: node server.js WSDL-FILE ROWS
'use strict'
const fs = require('fs')
const http = require('http')
const soap = require('soap')

const [, , wsdl, rows] = process.argv
const row = { Number: 101001, LastName: 'ABERNATHY', FirstName: 'ALICE', City: 'KENDAL', Accounts: 2 }
const answer = { customerSearchRow: Array(Number(rows)).fill(row) }

const server = http.createServer((_, response) => response.writeHead(404).end())
server.listen(0, '127.0.0.1', () => {
  const service = { BankPool: { BankPoolSoap: { customerSearch: () => answer } } }
  soap.listen(server, '/vhi-ws/session/BankPool', service, fs.readFileSync(wsdl, 'utf8'), () =>
    console.log(`node listening on 127.0.0.1:${server.address().port}`))
})
