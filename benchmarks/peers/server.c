/* gSOAP as a server of our WSDL: server ROWS; a thread for each connection. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include "soapH.h"
#include "bank.nsmap"

static int rows;

int __ns1__customerSearch(struct soap *soap, struct _ns1__customerSearch *request,
                          struct _ns1__customerSearchResponse *response)
{
    LONG64 *numbers = soap_malloc(soap, 2 * sizeof *numbers);
    (void)request;
    numbers[0] = 101001;
    numbers[1] = 2;
    response->__sizecustomerSearchRow = rows;
    response->customerSearchRow = soap_malloc(soap, rows * sizeof *response->customerSearchRow);
    for (int i = 0; i < rows; i++) {
        struct ns1__customerSearchRow *row = &response->customerSearchRow[i];
        soap_default_ns1__customerSearchRow(soap, row);
        row->Number = &numbers[0];
        row->LastName = "ABERNATHY";
        row->FirstName = "ALICE";
        row->City = "KENDAL";
        row->Accounts = &numbers[1];
    }
    return SOAP_OK;
}

static void *serve(void *of)
{
    struct soap *soap = of;
    pthread_detach(pthread_self());
    soap_serve(soap);
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return NULL;
}

int main(int argc, char **argv)
{
    struct soap *soap = soap_new2(SOAP_IO_KEEPALIVE, SOAP_IO_KEEPALIVE | SOAP_IO_STORE);
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    pthread_t thread;
    if (argc != 2)
        return 2;
    rows = atoi(argv[1]);
    soap->max_keep_alive = 0; /* no end */
    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 64)))
        return 1;
    getsockname(soap->master, (struct sockaddr *)&here, &size);
    printf("gSOAP listening on 127.0.0.1:%d\n", ntohs(here.sin_port));
    fflush(stdout);
    while (soap_valid_socket(soap_accept(soap)))
        pthread_create(&thread, NULL, serve, soap_copy(soap));
    return 0;
}
