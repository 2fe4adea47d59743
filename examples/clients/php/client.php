<?php
// Call Verdigris with PHP's SoapClient: php client.php SERVICE-URL DOMAIN [1.1|1.2]

/** The first error in a fault: its number and its text. */
function error_of(SoapFault $fault): array
{
    $errors = $fault->detail->errorDetail->error;
    $first = is_array($errors) ? $errors[0] : $errors;
    return ['id' => (int) $first->id, 'text' => $first->text];
}

[, $url, $domain] = $argv;
$version = $argv[3] ?? '1.1';
$bank = new SoapClient("$url?wsdl", [
    'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,  // one row is a list, too
    'cache_wsdl' => WSDL_CACHE_NONE,
]);
$said = ['client' => 'PHP SoapClient ' . PHP_VERSION, 'soap' => $version];

// A search: rows with the types of the WSDL. The domain says which session servers may run it.
$here = ['DomainName' => $domain];
$search = ['LastName' => 'MÜLLER'];
$said['rows'] = $bank->customerSearch(['environment' => $here, 'customerSearchFilters' => $search])->customerSearchRow;

// What goes wrong comes as a fault with a number.
try {
    $bank->customerSearch(['environment' => ['DomainName' => 'nowhere'], 'customerSearchFilters' => $search]);
} catch (SoapFault $fault) {
    $said['fault'] = error_of($fault);
}

// The environment may also be a SOAP header.
$namespace = 'urn:xmlns:attachmate:vhi-ws:BankDemo';
$bank->__setSoapHeaders(new SoapHeader($namespace, 'environment', ['DomainName' => 'nowhere']));
try {
    $bank->customerSearch(['customerSearchFilters' => $search]);
} catch (SoapFault $fault) {
    $said['header'] = error_of($fault);
}
$bank->__setSoapHeaders(null);

// A session of one's own: every call with its id runs in the same terminal.
$session = $bank->wsResourceCreate(['environment' => $here])->SessionID;
$mine = ['SessionID' => $session];
$affected = $bank->transfer([
    'environment' => $mine,
    'transferFilters' => ['FromAccount' => 40000001],
    'transferData' => ['ToAccount' => 40000002, 'Amount' => '0.01', 'Reference' => 'php'],
])->affected;
$order = $bank->getModelVariables(['environment' => $mine])->modelVariables->lastOrder;
$bank->wsResourceDestroy(['environment' => $mine]);
$said['session'] = ['id' => $session, 'affected' => $affected, 'order' => $order];
try {
    $bank->getModelVariables(['environment' => $mine]);
} catch (SoapFault $fault) {
    $said['gone'] = error_of($fault);
}

echo json_encode($said), "\n";
