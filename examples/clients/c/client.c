/* Call Verdigris with gSOAP; run.sh generates what is included here, from the WSDL. */
#include <stdio.h>
#include <stdlib.h>
#include "soapH.h"
#include "bank.nsmap"

static struct soap *soap;
static const char *url;

/* Text as a JSON string. */
static void quoted(const char *text)
{
    putchar('"');
    for (; text && *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

/* End with gSOAP's words unless the call went well. */
static void must(int result)
{
    if (result != SOAP_OK) {
        soap_print_fault(soap, stderr);
        exit(1);
    }
}

/* Print the first error in the fault of the last call: its number and its text. */
static void error(const char *name)
{
    struct SOAP_ENV__Detail *detail = NULL;
    if (soap->fault)  /* SOAP 1.1, 1.2 */
        detail = soap->fault->detail ? soap->fault->detail : soap->fault->SOAP_ENV__Detail;
    if (!detail || !detail->ns1__errorDetail)
        must(soap->error ? soap->error : SOAP_ERR);
    printf(", \"%s\": {\"id\": %d, \"text\": ", name, detail->ns1__errorDetail->error[0].id);
    quoted(detail->ns1__errorDetail->error[0].text);
    putchar('}');
}

static int search(struct ns1__RequestEnvironment *environment, struct _ns1__customerSearchResponse *found)
{
    struct ns1__customerSearchFilters filters = {.LastName = "MÜLLER"};
    struct _ns1__customerSearch request = {.environment = environment, .customerSearchFilters = &filters};
    return soap_call___ns1__customerSearch(soap, url, NULL, &request, found);
}

/* A search: rows with the types of the WSDL. The domain says which session servers may run it. */
static void show_rows(struct ns1__RequestEnvironment *here)
{
    struct _ns1__customerSearchResponse found;
    must(search(here, &found));
    printf(", \"rows\": [");
    for (int i = 0; i < found.__sizecustomerSearchRow; i++) {
        struct ns1__customerSearchRow *row = &found.customerSearchRow[i];  /* NULL where there is no value */
        printf("%s{\"Number\": %lld, \"LastName\": ", i ? ", " : "", (long long)*row->Number);
        quoted(row->LastName);
        printf(", \"FirstName\": ");
        quoted(row->FirstName);
        printf(", \"City\": ");
        quoted(row->City);
        printf(", \"Accounts\": %lld}", (long long)*row->Accounts);
    }
    putchar(']');
}

/* What goes wrong comes as a fault with a number. The environment may also be a SOAP header. */
static void show_faults(void)
{
    struct ns1__RequestEnvironment nowhere = {.DomainName = "nowhere"};
    struct _ns1__customerSearchResponse found;
    if (search(&nowhere, &found) != SOAP_OK)
        error("fault");

    struct SOAP_ENV__Header header = {.ns1__environment = &nowhere};
    soap->header = &header;
    if (search(NULL, &found) != SOAP_OK)
        error("header");
    soap->header = NULL;
}

/* A session of one's own: every call with its id runs in the same terminal. */
static void show_session(struct ns1__RequestEnvironment *here)
{
    struct _ns1__wsResourceCreate create = {.environment = here};
    struct _ns1__wsResourceCreateResponse created;
    must(soap_call___ns1__wsResourceCreate(soap, url, NULL, &create, &created));
    struct ns1__RequestEnvironment mine = {.SessionID = created.SessionID};

    LONG64 to = 40000002;
    char *amount = "0.01", *reference = "gsoap";
    struct ns1__transferFilters filters = {.FromAccount = 40000001};
    struct ns1__transferData data = {.ToAccount = &to, .Amount = &amount, .Reference = &reference};
    struct _ns1__transfer transfer = {
        .environment = &mine, .transferFilters = &filters, .transferData = &data};
    struct _ns1__transferResponse transferred;
    must(soap_call___ns1__transfer(soap, url, NULL, &transfer, &transferred));

    struct _ns1__getModelVariables get = {.environment = &mine};
    struct _ns1__getModelVariablesResponse got, gone;
    must(soap_call___ns1__getModelVariables(soap, url, NULL, &get, &got));

    struct _ns1__wsResourceDestroy destroy = {.environment = &mine};
    struct _ns1__wsResourceDestroyResponse destroyed;
    must(soap_call___ns1__wsResourceDestroy(soap, url, NULL, &destroy, &destroyed));

    printf(", \"session\": {\"id\": \"%s\", \"affected\": %d, \"order\": \"%s\"}",
           created.SessionID, transferred.affected, got.modelVariables->lastOrder);
    if (soap_call___ns1__getModelVariables(soap, url, NULL, &get, &gone) != SOAP_OK)
        error("gone");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    url = argv[1];
    struct ns1__RequestEnvironment here = {.DomainName = argv[2]};
    soap = soap_new1(SOAP_C_UTFSTRING);  /* char * holds UTF-8 */
    printf("{\"client\": \"gSOAP %d.%d.%d\", \"soap\": \"%s\"",
           GSOAP_VERSION / 100000, GSOAP_VERSION / 1000 % 100, GSOAP_VERSION % 1000, argv[3]);
    show_rows(&here);
    show_faults();
    show_session(&here);
    printf("}\n");
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return 0;
}
